/** What a scene is made of, asked for at once: each part is there as soon as it is known. */
import { listSites, readScene, readTileset, readTree } from '@/api/client';
import { readFeatures } from '@/api/features';
import type { SceneDescription, Site, TreeNode } from '@/api/types';
import type { FeatureTable } from '@/core/features';
import { isSame, type Moment } from '@/core/moment';

export interface CompoundModel {
  tree: TreeNode;
  scene: SceneDescription;
  features: FeatureTable;
  /** Which tiles there are: the reader's 3D Tiles, as text, since whoever reads them keeps notes in them. */
  tileset: string;
}

export interface CompoundAnswers {
  sites: Promise<Site[]>;
  /** The site that was wanted, else the first; null when there is none. */
  site: Promise<Site | null>;
  model: Promise<CompoundModel | null>;
}

async function readModel(site: string, when: Moment): Promise<CompoundModel> {
  const described = readScene(site, when);
  const [tree, scene, features, tileset] = await Promise.all([
    readTree(site, when), described, described.then((one) => readFeatures(one, when)), described.then((one) => readTileset(one.tileset)),
  ]);
  return { tree, scene, features, tileset };
}

function ask(wanted: string | null, when: Moment, usual: string | null): CompoundAnswers {
  const sites = listSites(when);
  const site = sites.then((known) => known.find((one) => one.code === wanted) ?? known[0] ?? null);
  // Asked for beside the question which sites there are; it may be gone, or this reader's no longer.
  const likely = wanted ?? usual;
  const guess = likely === null ? null : readModel(likely, when);
  guess?.catch(() => undefined);
  const model = site.then((found) => (found ? ((found.code === likely && guess) || readModel(found.code, when)) : null));
  for (const answer of [sites, site, model]) answer.catch(() => undefined); // told to whoever waits for it
  return { sites, site, model };
}

let expected: { wanted: string | null; when: Moment; answers: CompoundAnswers } | null = null;

/**
 * Ask before the page's code is here, which will take the answers.
 * @param usual - the site that probably is the first.
 */
export function expectCompound(wanted: string | null, when: Moment, usual: string | null): void {
  expected = { wanted, when, answers: ask(wanted, when, usual) };
}

/** Nobody is there to take the answers. */
export function forgetCompound(): void {
  expected = null;
}

/** The answers that were expected, once, else new ones. */
export function askForCompound(wanted: string | null, when: Moment): CompoundAnswers {
  const early = expected;
  expected = null;
  return early && early.wanted === wanted && isSame(early.when, when) ? early.answers : ask(wanted, when, null);
}
