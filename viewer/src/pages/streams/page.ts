import { definePage } from '@/app/pageList';

export default definePage({ path: 'streams', section: 'monitoring', order: 10, roles: [], load: () => import('./StreamsPage.vue') });
