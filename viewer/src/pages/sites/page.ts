import { definePage } from '@/app/pageList';

export default definePage({ path: 'sites', section: 'overview', order: 0, roles: [], load: () => import('./SitesPage.vue') });
