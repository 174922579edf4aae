import { definePage } from '@/app/pages';

export default definePage({ path: 'imports', section: 'space', order: 40, roles: ['planner', 'maintainer', 'auditor', 'administrator'], load: () => import('./ImportsPage.vue') });
