import { definePage } from '@/app/pages';

export default definePage({ path: 'plans', section: 'space', order: 30, roles: ['planner', 'leader', 'auditor'], load: () => import('./PlansPage.vue') });
