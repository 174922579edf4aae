import { definePage } from '@/app/pageList';

export default definePage({ path: 'indicators', section: 'overview', order: 10, roles: ['leader', 'planner', 'auditor'], load: () => import('./IndicatorsPage.vue') });
