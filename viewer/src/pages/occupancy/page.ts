import { definePage } from '@/app/pageList';

export default definePage({ path: 'occupancy', section: 'monitoring', order: 30, roles: [], hasScene: true, load: () => import('./OccupancyPage.vue') });
