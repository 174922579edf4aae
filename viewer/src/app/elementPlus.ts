/** The parts of Element Plus that this application uses, with their styles: nothing else is shipped. */
import type { App } from 'vue';
import {
  ElAlert, ElAutocomplete, ElButton, ElConfigProvider, ElDialog, ElDropdown, ElDropdownItem, ElDropdownMenu, ElEmpty, ElForm,
  ElFormItem, ElInput, ElOption, ElProgress, ElSelect, ElSkeleton, ElSlider, ElTooltip,
} from 'element-plus';
import 'element-plus/es/components/alert/style/css';
import 'element-plus/es/components/autocomplete/style/css';
import 'element-plus/es/components/button/style/css';
import 'element-plus/es/components/dialog/style/css';
import 'element-plus/es/components/dropdown/style/css';
import 'element-plus/es/components/empty/style/css';
import 'element-plus/es/components/form/style/css';
import 'element-plus/es/components/input/style/css';
import 'element-plus/es/components/progress/style/css';
import 'element-plus/es/components/select/style/css';
import 'element-plus/es/components/skeleton/style/css';
import 'element-plus/es/components/slider/style/css';
import 'element-plus/es/components/tooltip/style/css';

const PARTS = [
  ElAlert, ElAutocomplete, ElButton, ElConfigProvider, ElDialog, ElDropdown, ElDropdownItem, ElDropdownMenu, ElEmpty, ElForm,
  ElFormItem, ElInput, ElOption, ElProgress, ElSelect, ElSkeleton, ElSlider, ElTooltip,
];

export function useElementPlus(app: App): void {
  for (const part of PARTS) app.use(part);
}
