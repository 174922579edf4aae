import { definePage } from '@/app/pageList';

export default definePage({ path: 'log', section: 'administration', order: 40, roles: ['auditor', 'security'], load: () => import('./LogPage.vue') });
