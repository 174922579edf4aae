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

/** How many arguments a call has, whose first begins here. */
function parts(text: string, from: number): number {
  let depth = 0;
  let commas = 0;
  for (let at = from; at < text.length && depth >= 0; at++) {
    if ('([{'.includes(text.charAt(at))) depth++;
    else if (')]}'.includes(text.charAt(at))) depth--;
    else if (text.charAt(at) === ',' && depth === 0) commas++;
  }
  return commas + 1;
}

describe('what the scene draws with', () => {
  const texts = sources(SOURCES).map((path) => [path, readFileSync(path, 'utf8')] as const);
  const theirs = Object.keys(three).filter((name) => name.endsWith('Material') && !BARE.includes(name));

  it('is shaders of ours, since the build leaves those of three.js out', () => {
    expect(theirs).toContain('MeshBasicMaterial');
    const used = texts.flatMap(([path, text]) => theirs.filter((name) => new RegExp(`\\b${name}\\b`).test(text)).map((name) => `${path}: ${name}`));
    expect(used).toEqual([]);
  });

  it('is given a material wherever something is drawn, since three.js would take one of its own', () => {
    const bare = texts.flatMap(([path, text]) => [...text.matchAll(/\bnew (?:Mesh|InstancedMesh|BatchedMesh|SkinnedMesh|Line|LineLoop|LineSegments|Points|Sprite)\(/g)].filter((found) => parts(text, found.index + found[0].length) < 2).map((found) => `${path}: ${found[0]}`));
    expect(bare).toEqual([]);
    expect(parts('new Mesh(box(1, 2))', 9)).toBe(1);
    expect(parts('new Mesh(box(1, 2), [paint, 3])', 9)).toBe(2);
  });

  it('includes no part of theirs', () => {
    expect(texts.filter(([, text]) => /#include\s*</.test(text)).map(([path]) => path)).toEqual([]);
  });
});
