import { definePage } from '@/app/pages';

export default definePage({ path: 'log', section: 'administration', order: 40, roles: ['auditor', 'security'], load: () => import('./LogPage.vue') });
