import { definePage } from '@/app/pageList';

export default definePage({ path: '', section: 'space', order: 0, roles: [], hasScene: true, load: () => import('./CompoundPage.vue') });
