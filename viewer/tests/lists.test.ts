import { describe, expect, it } from 'vitest';
import { arrange, fitColumns, plainKey, windowOf, wordsOf, type Arrangement, type Column, type Order } from '@/core/lists';
import { cellsOf, csvOf } from '@/core/sheets';
import { finish } from '@/core/steps';

interface Room { number: string; area: number | null; use: string }
const columns: Column<Room>[] = [
  { key: 'number', title: '房号', value: (row) => row.number, width: 80 },
  { key: 'area', title: '面积', value: (row) => row.area, text: (row) => `${row.area ?? '—'} m²`, width: 90, align: 'end', rank: 1 },
  { key: 'use', title: '用途', value: (row) => row.use, text: (row) => (row.use === 'office' ? '办公室' : row.use), width: 90, rank: 2, isChoice: true },
];
const rows: Room[] = [{ number: '10', area: 9, use: 'office' }, { number: '9', area: null, use: 'store' }, { number: '101', area: 30, use: 'office' }];

const all = <Row>(some: readonly Row[], of: readonly Column<Row>[], asked: Partial<Arrangement>): readonly Row[] => finish(arrange(some, of, { text: '', choices: {}, order: null, ...asked }));
const sortRows = <Row>(some: readonly Row[], of: readonly Column<Row>[], order: Order): readonly Row[] => all(some, of, { order });
const filterRows = <Row>(some: readonly Row[], of: readonly Column<Row>[], text: string, choices: Readonly<Record<string, string>>): readonly Row[] => all(some, of, { text, choices });

describe('a list', () => {
  it('sorts numbers in words as numbers, and keeps what is missing last both ways', () => {
    expect(sortRows(rows, columns, { key: 'number', isDown: false }).map((row) => row.number)).toEqual(['9', '10', '101']);
    expect(sortRows(rows, columns, { key: 'area', isDown: true }).map((row) => row.area)).toEqual([30, 9, null]);
    expect(sortRows(rows, columns, { key: 'area', isDown: false }).map((row) => row.area)).toEqual([9, 30, null]);
  });

  it('takes a number that is none for missing', () => {
    const areas = [3, Number.NaN, 1, null, 2].map((area, i): Room => ({ number: String(i), area, use: '' }));
    for (const isDown of [false, true]) {
      const sorted = sortRows(areas, columns, { key: 'area', isDown }).map((row) => row.area);
      expect(sorted.slice(0, 3)).toEqual(isDown ? [3, 2, 1] : [1, 2, 3]);
    }
  });

  it('sorts codes without the collator as the collator does', () => {
    const collator = new Intl.Collator('zh-CN', { numeric: true });
    const letters = '0019AZ-';
    let seed = 7;
    const any = (below: number): number => {
      seed = (seed * 1103515245 + 12345) % 2147483648;
      return Math.floor((seed / 2147483648) * below);
    };
    const words = ['', '0', '00', '12345678901', '000-001', ...Array.from({ length: 160 }, () => Array.from({ length: any(7) }, () => letters[any(letters.length)]).join(''))];
    const wrong: string[] = [];
    for (const one of words) {
      for (const other of words) {
        const [a, b] = [plainKey(one), plainKey(other)];
        if (a === null || b === null) continue;
        if ((a < b ? -1 : Number(a !== b)) !== Math.sign(collator.compare(one, other))) wrong.push(`${one} ${other}`);
      }
    }
    expect(wrong).toEqual([]);
    expect(['办公室', 'a', '1.5', '12345678901'].map(plainKey)).toEqual([null, null, null, null]);
  });

  it('keeps rows that are equal in their order, whichever way the list is turned, among words of any kind', () => {
    const cells = ['办公室', '3', null, '003', 'a', '办公室', '03', '2'];
    const told = cells.map((number, i) => ({ number, i }));
    const [column] = [{ key: 'n', title: 'n', value: (row: (typeof told)[number]) => row.number, width: 9 }];
    expect(sortRows(told, [column], { key: 'n', isDown: false }).map(({ i }) => i)).toEqual([7, 1, 3, 6, 0, 5, 4, 2]);
    expect(sortRows(told, [column], { key: 'n', isDown: true }).map(({ i }) => i)).toEqual([4, 0, 5, 1, 3, 6, 7, 2]);
  });

  it('finds rows by what is read in them as well as by what is stored', () => {
    expect(filterRows(rows, columns, '办公 10', {}).map((row) => row.number)).toEqual(['10', '101']);
    expect(filterRows(rows, columns, 'office 30', {}).map((row) => row.number)).toEqual(['101']);
    expect(filterRows(rows, columns, '', { use: 'store' }).map((row) => row.number)).toEqual(['9']);
    expect(filterRows(rows, columns, '', { use: '' })).toHaveLength(3);
  });

  it('counts the words of a column, the most frequent first', () => {
    expect(wordsOf(rows, columns[2] as Column<Room>)).toEqual([{ word: 'office', text: '办公室', count: 2 }, { word: 'store', text: 'store', count: 1 }]);
    expect(wordsOf(rows, columns[2] as Column<Room>, 1), 'nobody chooses from too many').toEqual([]);
  });

  it('leaves out the columns of the highest rank where it is narrow, and never the first', () => {
    expect(fitColumns(columns, 260).map((column) => column.key)).toEqual(['number', 'area', 'use']);
    expect(fitColumns(columns, 200).map((column) => column.key)).toEqual(['number', 'area']);
    expect(fitColumns(columns, 10).map((column) => column.key)).toEqual(['number']);
  });

  it('makes a column as wide as its title', () => {
    const [first] = fitColumns([{ key: 'outcome', title: 'Outcome of it', value: () => '', width: 60 }], 500);
    expect(first?.width).toBeGreaterThan(13 * 6);
    expect(fitColumns(columns, 500)[0]?.width).toBe(80);
  });

  it('draws a few of a hundred thousand rows', () => {
    const { from, to } = windowOf(100_000, 36, 36 * 5000, 720);
    expect(from).toBeLessThanOrEqual(5000);
    expect(to).toBeGreaterThanOrEqual(5020);
    expect(to - from).toBeLessThan(50);
    expect(windowOf(3, 36, 0, 720)).toEqual({ from: 0, to: 3 });
  });
});

describe('a list as a file', () => {
  it('keeps numbers as numbers and words as they are read', () => {
    expect(cellsOf(rows.slice(0, 2), columns)).toEqual([['房号', '面积', '用途'], ['10', 9, '办公室'], ['9', null, 'store']]);
  });

  it('lets no spreadsheet run a text as a formula, and quotes what would break a row', () => {
    const csv = csvOf([['=HYPERLINK("x")', -3.5, null], ['a,b', 'say "no"', 'two\nlines']]);
    expect(csv).toBe('\ufeff"\'=HYPERLINK(""x"")",-3.5,\r\n"a,b","say ""no""","two\nlines"\r\n');
  });
});
