import { definePage } from '@/app/pages';

export default definePage({ path: '', section: 'space', order: 0, roles: [], load: () => import('./CompoundPage.vue') });
