import { definePage } from '@/app/pageList';

export default definePage({ path: 'idle', section: 'space', order: 20, roles: ['planner', 'auditor', 'leader'], hasScene: true, load: () => import('./IdlePage.vue') });
