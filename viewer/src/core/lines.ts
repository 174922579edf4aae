/** A document that comes in lines: first itself without its long lists, then parts of those, `{"into": [names], "rows": [...]}`. */
import { breath } from '@/core/breath';
import { LONGEST_MS } from '@/core/steps';

interface Part { into: readonly string[]; rows: readonly unknown[] }

function listOf(document: object, names: readonly string[]): unknown[] {
  let found: unknown = document;
  for (const name of names) found = (found as Readonly<Record<string, unknown>> | undefined)?.[name];
  if (!Array.isArray(found)) throw new SyntaxError(`rows for ${names.join('.')}, which is no list of the document`);
  return found as unknown[];
}

/**
 * Put the document together; long ones let the page draw meanwhile.
 *
 * @throws SyntaxError where a line is no JSON, or names no list
 */
export async function readLines<T extends object>(body: ReadableStream<Uint8Array>): Promise<T> {
  const reader = body.getReader();
  try {
    return await put<T>(reader);
  } catch (cause) {
    reader.cancel(cause).catch(() => undefined); // what is left of it is not sent for nothing
    throw cause;
  }
}

async function put<T extends object>(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<T> {
  const decoder = new TextDecoder();
  let [document, begun, woken]: [T | null, string, number] = [null, '', performance.now()];
  const take = async (line: string): Promise<void> => {
    if (!line) return;
    if (document) {
      const { into, rows } = JSON.parse(line) as Part;
      const list = listOf(document, into);
      for (const row of rows) list.push(row);
    } else document = JSON.parse(line) as T;
    if (performance.now() - woken < LONGEST_MS) return;
    await breath();
    woken = performance.now();
  };
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    const lines = (begun + decoder.decode(read.value, { stream: true })).split('\n');
    begun = lines.pop() ?? '';
    for (const line of lines) await take(line);
  }
  await take(begun + decoder.decode());
  if (!document) throw new SyntaxError('an empty answer');
  return document;
}
