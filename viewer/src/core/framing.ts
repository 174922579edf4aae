/** From how far, and about what, a camera sees all of some corners just so. */

/** A corner beside the line of sight: metres to the right of it, above it, and nearer to the eye than what is looked at. */
export interface Corner {
  across: number;
  along: number;
  nearer: number;
}

export interface Framing {
  /** Where to look instead: metres to the right and up. */
  across: number;
  along: number;
  /** Metres from there to the eye. */
  distance: number;
}

const STEPS = 24;

function most(corners: readonly Corner[], of: (corner: Corner) => number): number {
  let found = -Infinity;
  for (const corner of corners) found = Math.max(found, of(corner));
  return found;
}

/** Where to look so that both sides have as much to spare, from a distance at which all is in front of the eye. */
function middle(corners: readonly Corner[], along: (corner: Corner) => number, distance: number): number {
  let [low, high] = [-most(corners, (one) => -along(one)), most(corners, along)];
  for (let step = 0; step < STEPS; step += 1) {
    const at = (low + high) / 2;
    const [above, below] = [1, -1].map((side) => most(corners, (one) => (side * (along(one) - at)) / (distance - one.nearer)));
    if ((above ?? 0) > (below ?? 0)) low = at;
    else high = at;
  }
  return (low + high) / 2;
}

/**
 * A corner `r` metres aside and `d` nearer than what is looked at is seen from a distance D when `|r - shift| <= half * (D - d)`:
 * the least D over all shifts is the mean of the largest `r / half + d` and the largest `-r / half + d`.
 * @param wide - Half of the width that is seen, at a distance of 1; `high` likewise.
 */
export function frame(corners: readonly Corner[], wide: number, high: number): Framing {
  const least = (of: (corner: Corner) => number, half: number): number =>
    (most(corners, (one) => of(one) / half + one.nearer) + most(corners, (one) => -of(one) / half + one.nearer)) / 2;
  const across = (one: Corner): number => one.across;
  const along = (one: Corner): number => one.along;
  // Not so near that a corner would be in the eye: a wall seen along itself has no width.
  const distance = Math.max(least(across, wide), least(along, high), most(corners, (one) => one.nearer) + 0.1);
  return { across: middle(corners, across, distance), along: middle(corners, along, distance), distance };
}
