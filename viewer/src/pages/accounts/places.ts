import type { Account, Grant } from '@/api/administration';

/** A site with its buildings, as it can be granted. */
export interface Place {
  code: string;
  name: string;
  buildings: { code: string; name: string }[];
}

/** Keys of what is granted: a site's code, or a building's. */
export function keysOf(account: Pick<Account, 'grants'> | null): string[] {
  return (account?.grants ?? []).map(({ site, building }) => building ?? site);
}

/** Grants of the keys that are ticked; those of places that the administrator does not see stay as they are. */
export function grantsOf(keys: readonly string[], places: readonly Place[], before: readonly Grant[]): Grant[] {
  const known = new Set(places.flatMap((site) => [site.code, ...site.buildings.map(({ code }) => code)]));
  const kept = before.filter(({ site, building }) => !known.has(building ?? site)).map(({ site, building }) => ({ site, ...(building ? { building } : {}) }));
  return [
    ...kept,
    ...places.flatMap((site) => {
      if (keys.includes(site.code)) return [{ site: site.code }];
      return site.buildings.filter(({ code }) => keys.includes(code)).map(({ code }) => ({ site: site.code, building: code }));
    }),
  ];
}

const LETTERS = 'ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz23456789';

/** Sixteen letters in groups of four, without those that look alike; some 93 bits. */
export function makePassword(random: (bytes: Uint32Array<ArrayBuffer>) => Uint32Array = (bytes) => crypto.getRandomValues(bytes)): string {
  const letters = [...random(new Uint32Array(16))].map((value) => LETTERS[value % LETTERS.length] ?? 'x').join('');
  return letters.replace(/(.{4})(?=.)/g, '$1-');
}
