import { definePage } from '@/app/pageList';

export default definePage({ path: 'cameras', section: 'monitoring', order: 15, roles: ['administrator', 'maintainer', 'security'], hasScene: true, load: () => import('./CamerasPage.vue') });
