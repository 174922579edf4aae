import { definePage } from '@/app/pages';

export default definePage({ path: 'sites', section: 'overview', order: 0, roles: [], load: () => import('./SitesPage.vue') });
