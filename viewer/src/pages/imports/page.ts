import { definePage } from '@/app/pageList';

export default definePage({ path: 'imports', section: 'space', order: 40, roles: ['planner', 'maintainer', 'auditor', 'administrator'], load: () => import('./ImportsPage.vue') });
