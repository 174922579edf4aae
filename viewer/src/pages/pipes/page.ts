import { definePage } from '@/app/pageList';

export default definePage({ path: 'pipes', section: 'maintenance', order: 0, roles: ['maintainer'], hasScene: true, load: () => import('./PipesPage.vue') });
