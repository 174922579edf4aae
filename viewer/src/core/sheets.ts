/** Lists as files that a spreadsheet opens. */
import type { Cell, Column } from '@/core/lists';

/** Excel takes UTF-8 for what it is only after this mark. */
const MARK = '\ufeff';
/** A spreadsheet would run text that begins so as a formula. */
const RUNS = /^[=+\-@\t\r]/;

/** Text that no spreadsheet runs: a quote before it keeps it text. */
export function harmless(cell: Cell): Cell {
  return typeof cell === 'string' && RUNS.test(cell) ? `'${cell}` : cell;
}

function field(cell: Cell): string {
  const text = String(harmless(cell) ?? '');
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Titles and rows of a list as cells: numbers stay numbers, words are as they are read. */
export function cellsOf<Row>(rows: readonly Row[], columns: readonly Column<Row>[]): Cell[][] {
  const cell = (column: Column<Row>, row: Row): Cell => {
    const value = column.value(row);
    return typeof value === 'string' && column.text ? column.text(row) : value;
  };
  return [columns.map((column) => column.title), ...rows.map((row) => columns.map((column) => cell(column, row)))];
}

export function csvOf(cells: readonly (readonly Cell[])[]): string {
  return MARK + cells.map((row) => row.map(field).join(',')).join('\r\n') + '\r\n';
}
