import { definePage } from '@/app/pageList';

export default definePage({ path: 'energy', section: 'monitoring', order: 20, roles: [], hasScene: true, load: () => import('./EnergyPage.vue') });
