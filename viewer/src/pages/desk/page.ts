import { definePage } from '@/app/pageList';

export default definePage({ path: 'desk', section: 'space', order: 10, roles: ['planner', 'auditor', 'leader'], hasScene: true, load: () => import('./DeskPage.vue') });
