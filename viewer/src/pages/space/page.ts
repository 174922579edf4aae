import { definePage } from '@/app/pages';

export default definePage({ path: '', section: 'space', order: 0, roles: [], hasScene: true, load: () => import('./CompoundPage.vue') });
