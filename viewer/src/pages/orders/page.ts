import { definePage, loadWords } from '@/app/pages';

export default definePage({
  path: 'orders', section: 'maintenance', order: 1, roles: ['maintainer', 'administrator'],
  load: async () => {
    await loadWords('field'); // states, faults and deeds have the same names at the desk as in the field
    return import('./OrdersPage.vue');
  },
});
