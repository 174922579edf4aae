import { definePage } from '@/app/pages';

export default definePage({ path: 'cameras', section: 'monitoring', order: 15, roles: ['administrator', 'maintainer', 'security'], hasScene: true, load: () => import('./CamerasPage.vue') });
