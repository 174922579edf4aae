import { fileURLToPath } from 'node:url';
import vue from '@vitejs/plugin-vue';
import type { HtmlTagDescriptor, Plugin, Rolldown } from 'vite';
import { defineConfig } from 'vitest/config';

const server = process.env['FANGMA_DEV_SERVER'] ?? 'http://127.0.0.1:8450';
const forwarded = ['/api', '/tiles', '/live', '/r'];

/** The application's code is under way beside the small entry that asks for it. */
function preloadApplication(): Plugin {
  const tag = (rel: string, file: string): HtmlTagDescriptor => ({ tag: 'link', attrs: { rel, crossorigin: true, href: `./${file}` }, injectTo: 'head' });
  return {
    name: 'preload-application',
    apply: 'build',
    transformIndexHtml: {
      order: 'post',
      handler(html, { bundle }) {
        const chunks = Object.values(bundle ?? {}).filter((one): one is Rolldown.OutputChunk => one.type === 'chunk');
        const files = new Set<string>();
        const styles = new Set<string>();
        const need = (chunk: Rolldown.OutputChunk | undefined): void => {
          if (!chunk || files.has(chunk.fileName)) return;
          files.add(chunk.fileName);
          for (const name of chunk.imports) need(chunks.find((one) => one.fileName === name));
          // After those of what it imports, which it overrules.
          for (const style of chunk.viteMetadata?.importedCss ?? []) styles.add(style);
        };
        need(chunks.find((one) => one.facadeModuleId?.endsWith('/src/app/start.ts')));
        const isNew = (file: string): boolean => !html.includes(file);
        // It waits neither for styles nor for the rest of the document.
        const prompt = html.replace('<script type="module" ', '<script type="module" async ');
        const tags = [...[...files].filter(isNew).map((file) => tag('modulepreload', file)), ...[...styles].filter(isNew).map((file) => tag('stylesheet', file))];
        return { html: prompt, tags };
      },
    },
  };
}

/**
 * three.js as single files, without the GLSL of its own materials, a quarter of it: all that the scene draws has shaders of
 * ours (`src/scene`), and what a tile brings of materials is replaced before it is drawn.
 */
function leaveOutShaders(): Plugin {
  return {
    name: 'leave-out-shaders',
    apply: 'build',
    enforce: 'pre',
    resolveId(source, importer) {
      return source === 'three' ? this.resolve('three/src/Three.js', importer, { skipSelf: true }) : null;
    },
    load(id) {
      return /\/three\/src\/renderers\/shaders\/(ShaderLib|ShaderChunk(?!\/colorspace_pars_fragment))\/[^/]+\.glsl\.js$/.test(id) ? "export default ''; export const vertex = '', fragment = '';" : null;
    },
  };
}

/**
 * A file with any letter beyond Latin-1 is held with two bytes a letter: in code that has only some, those beyond ASCII are written
 * as escapes. Where an escape could mean something else (behind a backslash, in a raw template) the file stays as it is. Names of
 * files are made before: they follow the code as it was.
 */
function escapeSeldomLetters(): Plugin {
  return {
    name: 'escape-seldom-letters',
    apply: 'build',
    generateBundle(_options, bundle) {
      for (const file of Object.values(bundle)) {
        if (file.type !== 'chunk') continue;
        const beyond = file.code.match(/[^\0-\x7f]/g)?.length ?? 0;
        if (beyond === 0 || beyond > file.code.length * 0.04 || /\\[^\0-\x7f]|\.raw`/.test(file.code)) continue;
        file.code = file.code.replace(/[^\0-\x7f]/g, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`);
      }
    },
  };
}

export default defineConfig({
  base: './', // the application also works below a root path
  plugins: [vue(), preloadApplication(), leaveOutShaders(), escapeSeldomLetters()],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  define: { __VUE_OPTIONS_API__: true, __VUE_PROD_DEVTOOLS__: false, __VUE_I18N_LEGACY_API__: false, __VUE_I18N_FULL_INSTALL__: false, __INTLIFY_PROD_DEVTOOLS__: false },
  build: {
    outDir: 'fangma/viewer/static',
    emptyOutDir: true,
    target: 'es2022',
    chunkSizeWarningLimit: 900, // three.js and its loaders are one lazy chunk
  },
  server: { proxy: Object.fromEntries(forwarded.map((path) => [path, { target: server, ws: path === '/live' }])) },
  test: { include: ['tests/**/*.test.ts'], environment: 'node' },
});
