import { definePage } from '@/app/pages';

export default definePage({ path: 'occupancy', section: 'monitoring', order: 30, roles: [], hasScene: true, load: () => import('./OccupancyPage.vue') });
