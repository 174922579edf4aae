import { definePage } from '@/app/pageList';

export default definePage({
  path: 'closures', section: 'maintenance', order: 1, roles: ['maintainer', 'administrator'], hasScene: true,
  words: ['pipes', 'field'], // what a part is in an answer about pipes has the same name here; so have faults of orders
  load: () => import('./ClosuresPage.vue'),
});
