import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as three from 'three';
import { describe, expect, it } from 'vitest';

const SOURCES = new URL('../src', import.meta.url).pathname;
const BARE = ['Material', 'ShaderMaterial', 'RawShaderMaterial'];

function sources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((one) => {
    const path = join(folder, one.name);
    return one.isDirectory() ? sources(path) : /\.(ts|vue)$/.test(one.name) ? [path] : [];
  });
}

describe('what the scene draws with', () => {
  const texts = sources(SOURCES).map((path) => [path, readFileSync(path, 'utf8')] as const);
  const theirs = Object.keys(three).filter((name) => name.endsWith('Material') && !BARE.includes(name));

  it('is shaders of ours, since the build leaves those of three.js out', () => {
    expect(theirs).toContain('MeshBasicMaterial');
    const used = texts.flatMap(([path, text]) => theirs.filter((name) => new RegExp(`\\b${name}\\b`).test(text)).map((name) => `${path}: ${name}`));
    expect(used).toEqual([]);
  });

  it('includes no part of theirs', () => {
    expect(texts.filter(([, text]) => /#include\s*</.test(text)).map(([path]) => path)).toEqual([]);
  });
});
