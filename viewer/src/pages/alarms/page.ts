import { definePage } from '@/app/pageList';

export default definePage({ path: 'alarms', section: 'monitoring', order: 0, roles: [], load: () => import('./AlarmsPage.vue') });
