import { definePage } from '@/app/pages';

export default definePage({ path: 'services', section: 'administration', order: 30, roles: ['administrator'], load: () => import('./ServicesPage.vue') });
