/** The part of a storey's code that people say (F05, B01, RF1); where there is none, the start of its name. */
export function shortStorey(code: string, name: string | null): string {
  const part = code.split('-').find((piece) => /^(F|B|M|RF)\d{1,2}$/.test(piece));
  return part ?? (name ?? code).slice(0, 4);
}
