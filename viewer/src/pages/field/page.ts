import { definePage } from '@/app/pageList';

export default definePage({ path: 'field', section: 'maintenance', order: 2, roles: [], isBare: true, worksOffline: true, load: () => import('./FieldPage.vue') });
