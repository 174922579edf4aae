import { describe, expect, it } from 'vitest';
import { readLines } from '@/core/lines';

/** The bytes in pieces of so many, which break letters and lines anywhere. */
function streamOf(text: string, piece: number): ReadableStream<Uint8Array> {
  const bytes = new TextEncoder().encode(text);
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at >= bytes.length) controller.close();
      else controller.enqueue(bytes.slice(at, (at += piece)));
    },
  });
}
const DOCUMENT = ['{"name":"大院","rows":[],"books":{"checks":[1],"rows":[]}}', '{"into":["rows"],"rows":[{"a":"房"},{"a":"间"}]}', '{"into":["books","rows"],"rows":[3]}', '{"into":["rows"],"rows":[{"a":"码"}]}'];
const WHOLE = { name: '大院', rows: [{ a: '房' }, { a: '间' }, { a: '码' }], books: { checks: [1], rows: [3] } };

describe('a document in lines', () => {
  it.each([1, 7, 64, 10_000])('is put together from pieces of %i bytes', async (piece) => {
    expect(await readLines(streamOf(`${DOCUMENT.join('\n')}\n`, piece))).toEqual(WHOLE);
  });
  it('needs no end of line at its end', async () => {
    expect(await readLines(streamOf(DOCUMENT.join('\n'), 9))).toEqual(WHOLE);
  });
  it('is refused where it ends within a line, names no list, or is empty', async () => {
    await expect(readLines(streamOf(DOCUMENT.join('\n').slice(0, -4), 16))).rejects.toThrow(SyntaxError);
    await expect(readLines(streamOf(`${DOCUMENT[0] ?? ''}\n{"into":["name"],"rows":[1]}`, 16))).rejects.toThrow('name, which is no list');
    await expect(readLines(streamOf('', 16))).rejects.toThrow(SyntaxError);
  });
  it('is not read on once a line of it is refused', async () => {
    let given = 0;
    let isCancelled = false;
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        given += 1;
        controller.enqueue(new TextEncoder().encode('no JSON\n'));
      },
      cancel() {
        isCancelled = true;
      },
    });
    await expect(readLines(endless)).rejects.toThrow(SyntaxError);
    expect(isCancelled).toBe(true);
    expect(given).toBeLessThan(4);
  });
});
