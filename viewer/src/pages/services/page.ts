import { definePage } from '@/app/pageList';

export default definePage({ path: 'services', section: 'administration', order: 30, roles: ['administrator'], load: () => import('./ServicesPage.vue') });
