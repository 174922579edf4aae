import { definePage } from '@/app/pages';

export default definePage({ path: 'standards', section: 'administration', order: 10, roles: ['administrator', 'auditor'], load: () => import('./StandardsPage.vue') });
