import { definePage } from '@/app/pages';

export default definePage({ path: 'reviews', section: 'space', order: 50, roles: ['planner', 'auditor'], load: () => import('./ReviewsPage.vue') });
