import { definePage } from '@/app/pageList';

export default definePage({ path: 'wall', section: 'overview', order: 20, roles: ['leader', 'planner', 'auditor'], isBare: true, load: () => import('./WallPage.vue') });
