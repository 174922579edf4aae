import { definePage } from '@/app/pageList';

export default definePage({ path: 'reviews', section: 'space', order: 50, roles: ['planner', 'auditor'], load: () => import('./ReviewsPage.vue') });
