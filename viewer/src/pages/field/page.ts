import { definePage } from '@/app/pages';

export default definePage({ path: 'field', section: 'maintenance', order: 1, roles: [], isBare: true, worksOffline: true, load: () => import('./FieldPage.vue') });
