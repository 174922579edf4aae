import { definePage } from '@/app/pages';

export default definePage({ path: 'alarms', section: 'monitoring', order: 0, roles: [], load: () => import('./AlarmsPage.vue') });
