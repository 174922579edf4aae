/** How a thing is called in lists and headings: door number and name where they say different things. */
export function titleOf(thing: { code: string | null; name: string | null; number: string | null }): string {
  const { name, number, code } = thing;
  if (name && number && !name.includes(number)) return `${number} ${name}`;
  return name ?? number ?? code ?? '';
}
