import { definePage, loadWords } from '@/app/pages';

export default definePage({
  path: 'closures', section: 'maintenance', order: 1, roles: ['maintainer', 'administrator'], hasScene: true,
  load: async () => {
    // What a part is in an answer about pipes has the same name here; so have faults of orders.
    await Promise.all([loadWords('pipes'), loadWords('field')]);
    return import('./ClosuresPage.vue');
  },
});
