import { definePage } from '@/app/pageList';

export default definePage({ path: 'plans', section: 'space', order: 30, roles: ['planner', 'leader', 'auditor'], load: () => import('./PlansPage.vue') });
