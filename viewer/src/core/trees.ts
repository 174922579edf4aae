/** A tree as the lines that are seen of it. */
export interface Branch<N> {
  code: string;
  children?: readonly N[] | null;
}

export interface TreeLine<N> {
  node: N;
  depth: number;
  /** Place of the line of what it belongs to; -1 at the top. */
  parent: number;
  isOpen: boolean;
}

/** The lines of a tree in their order, without what lies in nodes that are shut. */
export function linesOf<N extends Branch<N>>(roots: readonly N[], isOpen: (node: N, depth: number) => boolean): TreeLine<N>[] {
  const lines: TreeLine<N>[] = [];
  const visit = (node: N, depth: number, parent: number): void => {
    const children = node.children ?? [];
    const at = lines.push({ node, depth, parent, isOpen: children.length > 0 && isOpen(node, depth) }) - 1;
    if (lines[at]?.isOpen) for (const child of children) visit(child, depth + 1, at);
  };
  for (const root of roots) visit(root, 0, -1);
  return lines;
}

/** What a key does in a tree at a line: another line, or the line's opening; null where it is not for trees. */
export function moveIn<N extends Branch<N>>(lines: readonly TreeLine<N>[], at: number, key: string): { to: number } | { turn: true } | null {
  if (lines.length === 0) return null;
  const line = lines[at];
  const last = lines.length - 1;
  if (key === 'ArrowDown') return { to: Math.min(last, at + 1) };
  if (key === 'ArrowUp') return { to: Math.max(0, at - 1) };
  if (key === 'Home') return { to: 0 };
  if (key === 'End') return { to: last };
  if (!line || (key !== 'ArrowRight' && key !== 'ArrowLeft')) return null;
  const hasChildren = (line.node.children ?? []).length > 0;
  if (key === 'ArrowRight') return !hasChildren ? { to: at } : line.isOpen ? { to: at + 1 } : { turn: true };
  return line.isOpen ? { turn: true } : { to: Math.max(0, line.parent) };
}
