import { definePage } from '@/app/pageList';

export default definePage({ path: 'bindings', section: 'administration', order: 20, roles: ['administrator', 'maintainer'], load: () => import('./BindingsPage.vue') });
