/** The leaves of the book: by whom, by what, and by which rule. */
export const LEAVES = ['persons', 'units', 'rooms', 'findings', 'books', 'buildings', 'changes'] as const;
export type Leaf = (typeof LEAVES)[number];
