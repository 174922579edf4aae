import { ElMessage } from 'element-plus';
import 'element-plus/es/components/message/style/css';
import { createApp } from 'vue';
import App from '@/app/App.vue';
import { useElementPlus } from '@/app/elementPlus';
import { currentLanguage, i18n, speak } from '@/app/language';
import { makeRouter } from '@/app/routing';
import '@/app/theme';
import '@/app/tokens.css';

speak(currentLanguage());
const app = createApp(App);
// The edge of the process: a fault of ours is told, not swallowed, and the rest of the page goes on.
app.config.errorHandler = (error) => {
  ElMessage.error({ message: `${i18n.global.t('state.fault')} ${error instanceof Error ? error.message : String(error)}`, duration: 8000, showClose: true });
  reportError(error);
};
app.use(i18n);
app.use(makeRouter());
useElementPlus(app);
app.mount('#app');
