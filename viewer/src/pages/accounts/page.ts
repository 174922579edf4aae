import { definePage } from '@/app/pageList';

export default definePage({ path: 'accounts', section: 'administration', order: 0, roles: ['administrator', 'security'], load: () => import('./AccountsPage.vue') });
