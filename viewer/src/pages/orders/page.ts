import { definePage } from '@/app/pageList';

export default definePage({
  path: 'orders', section: 'maintenance', order: 1, roles: ['maintainer', 'administrator'],
  words: ['field'], // states, faults and deeds have the same names at the desk as in the field
  load: () => import('./OrdersPage.vue'),
});
