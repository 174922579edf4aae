import { createApp } from 'vue';
import App from '@/app/App.vue';
import { useElementPlus } from '@/app/elementPlus';
import { currentLanguage, i18n, speak } from '@/app/language';
import '@/app/tokens.css';

speak(currentLanguage());
const app = createApp(App);
app.use(i18n);
useElementPlus(app);
app.mount('#app');
