import vue from 'eslint-plugin-vue';
import tseslint from 'typescript-eslint';

const layer = (forbidden, message) => ({
  'no-restricted-imports': ['error', { patterns: [{ group: forbidden, message }] }],
});

export default tseslint.config(
  { ignores: ['fangma/**', 'node_modules/**', 'src/api/schema.gen.ts'] },
  ...tseslint.configs.strict,
  ...tseslint.configs.stylistic,
  ...vue.configs['flat/recommended'],
  {
    files: ['**/*.vue'],
    languageOptions: { parserOptions: { parser: tseslint.parser } },
  },
  {
    rules: {
      eqeqeq: 'error',
      'no-console': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      // Layout is the formatter's business.
      'vue/max-attributes-per-line': 'off',
      'vue/singleline-html-element-content-newline': 'off',
      'vue/html-self-closing': 'off',
      'vue/html-indent': 'off',
      'vue/html-closing-bracket-newline': 'off',
    },
  },
  {
    files: ['src/core/**'],
    rules: layer(['three', 'three/*', '3d-tiles-renderer*', 'vue*', '@/scene/*', '@/app/*', '@/api/client'], 'core/ is pure: no three.js, no Vue, no network'),
  },
  {
    files: ['src/scene/**'],
    rules: {
      ...layer(['vue*', 'element-plus*', '@/app/*', '@/api/*'], 'scene/ knows neither Vue nor the server'),
      'no-restricted-globals': ['error', { name: 'fetch', message: 'scene/ is given what it needs' }],
    },
  },
);
