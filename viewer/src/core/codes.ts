/**
 * Codes of rows both ways, in buffers that a worker hands over without copying: a page that made a
 * map of a million strings of its own would stand still for half a second.
 */
export interface PackedCodes {
  /** One a line, empty where a row has none. */
  text: string;
  /** Where the line of each entry begins; one more tells the end. */
  starts: Uint32Array<ArrayBuffer>;
  /** Open addressing by hash: an entry's number + 1, 0 where free; a power of two, at most half full. */
  slots: Uint32Array<ArrayBuffer>;
}

/** FNV-1a over UTF-16 units. */
function hashOf(code: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < code.length; i += 1) hash = Math.imul(hash ^ code.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

function holds({ text, starts }: PackedCodes, entry: number, code: string): boolean {
  const from = starts[entry] ?? 0;
  return (starts[entry + 1] ?? 0) - 1 - from === code.length && text.startsWith(code, from);
}

/** The slot of a code, or the free one where it would stand. */
function slotOf(packed: PackedCodes, code: string): number {
  const last = packed.slots.length - 1;
  let at = hashOf(code) & last;
  for (let taken = packed.slots[at] ?? 0; taken !== 0 && !holds(packed, taken - 1, code); taken = packed.slots[at] ?? 0) at = (at + 1) & last;
  return at;
}

export function packCodes(codes: readonly (string | null)[]): PackedCodes {
  const starts = new Uint32Array(codes.length + 1);
  let length = 0;
  codes.forEach((code, entry) => {
    length += (code?.length ?? 0) + 1;
    starts[entry + 1] = length;
  });
  const slots = new Uint32Array(2 ** Math.ceil(Math.log2(2 * codes.length + 2)));
  const packed = { text: codes.map((code) => `${code ?? ''}\n`).join(''), starts, slots };
  codes.forEach((code, entry) => {
    if (code) slots[slotOf(packed, code)] = entry + 1;
  });
  return packed;
}

/** Number of the entry with a code; -1 when none has it. */
export function entryOfCode(packed: PackedCodes, code: string): number {
  return code === '' ? -1 : (packed.slots[slotOf(packed, code)] ?? 0) - 1;
}

export function codeOfEntry({ text, starts }: PackedCodes, entry: number): string | null {
  const [from, to] = [starts[entry], starts[entry + 1]];
  return from === undefined || to === undefined ? null : text.slice(from, to - 1) || null;
}
