/** From how far, and about what, a camera sees all of some corners just so. */

/** A corner beside the line of sight: metres to the right of it, above it, and nearer to the eye than what is looked at. */
export interface Corner {
  across: number;
  along: number;
  nearer: number;
}

/** The part of a view that nothing covers, as slopes from the line of sight: metres aside at a distance of 1. */
export interface Opening {
  left: number;
  right: number;
  low: number;
  high: number;
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
function middle(corners: readonly Corner[], along: (corner: Corner) => number, distance: number, from: number, to: number): number {
  // Beyond these one sees nothing of it in the opening any more.
  let low = -most(corners, (one) => to * (distance - one.nearer) - along(one));
  let high = most(corners, (one) => along(one) - from * (distance - one.nearer));
  for (let step = 0; step < STEPS; step += 1) {
    const at = (low + high) / 2;
    const above = to - most(corners, (one) => (along(one) - at) / (distance - one.nearer));
    const below = -most(corners, (one) => (at - along(one)) / (distance - one.nearer)) - from;
    if (above < below) low = at;
    else high = at;
  }
  return (low + high) / 2;
}

/**
 * A corner `r` metres aside and `d` nearer than what is looked at is seen from a distance D, when one looks `s` aside, where
 * `from * (D - d) <= r - s <= to * (D - d)`: some s does for all as soon as D * (to - from) is the largest `r + to * d`
 * less the least `r + from * d`.
 * @param spare - How many times as far to go as one must; 1 fills the opening.
 * @param least_m - No nearer than this, before what is spared.
 */
export function frame(corners: readonly Corner[], opening: Opening, spare = 1, least_m = 0): Framing {
  const needed = (of: (corner: Corner) => number, from: number, to: number): number =>
    (most(corners, (one) => of(one) + to * one.nearer) + most(corners, (one) => -of(one) - from * one.nearer)) / (to - from);
  const across = (one: Corner): number => one.across;
  const along = (one: Corner): number => one.along;
  const { left, right, low, high } = opening;
  // Not so near that a corner would be in the eye: a wall seen along itself has no width.
  const distance = Math.max(needed(across, left, right), needed(along, low, high), most(corners, (one) => one.nearer) + 0.1, least_m) * spare;
  return { across: middle(corners, across, distance, left, right), along: middle(corners, along, distance, low, high), distance };
}
