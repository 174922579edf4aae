import { definePage } from '@/app/pageList';

export default definePage({
  path: 'report', section: 'maintenance', order: 99, roles: [], isPublic: true, isUnlisted: true, words: ['field'], load: () => import('./ReportPage.vue'),
});
