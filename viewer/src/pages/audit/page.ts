import { definePage } from '@/app/pageList';

export default definePage({ path: 'audit', section: 'audit', order: 0, roles: ['auditor', 'leader', 'planner'], hasScene: true, load: () => import('./AuditPage.vue') });
