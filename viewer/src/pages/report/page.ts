import { definePage, loadWords } from '@/app/pages';

export default definePage({
  path: 'report', section: 'maintenance', order: 99, roles: [], isPublic: true, isUnlisted: true,
  load: async () => {
    await loadWords('field');
    return import('./ReportPage.vue');
  },
});
