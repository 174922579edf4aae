import { definePage } from '@/app/pageList';

export default definePage({ path: 'standards', section: 'administration', order: 10, roles: ['administrator', 'auditor'], load: () => import('./StandardsPage.vue') });
