/** What an audit says of a person, a room, a unit or a building. */
export const VERDICTS = ['over', 'unknown', 'within'] as const;
export type Verdict = (typeof VERDICTS)[number];

/** A sign of its own shape for each, so that a verdict reads without its colour. */
export const VERDICT_SIGNS: Readonly<Record<Verdict, string>> = { over: '▲', unknown: '?', within: '●' };

export function isVerdict(word: string): word is Verdict {
  return (VERDICTS as readonly string[]).includes(word);
}

/** How many of each. */
export function tally(rows: Iterable<{ verdict: string }>): Record<Verdict, number> {
  const counts = { over: 0, unknown: 0, within: 0 };
  for (const { verdict } of rows) if (isVerdict(verdict)) counts[verdict] += 1;
  return counts;
}
