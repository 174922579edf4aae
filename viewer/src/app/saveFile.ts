import { csvOf, type cellsOf } from '@/core/sheets';

export function saveFile(content: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  setTimeout(() => {
    URL.revokeObjectURL(link.href);
  }, 10_000);
}

export async function saveSheet(cells: ReturnType<typeof cellsOf>, name: string, form: 'csv' | 'xlsx'): Promise<void> {
  if (form === 'csv') {
    saveFile(new Blob([csvOf(cells)], { type: 'text/csv;charset=utf-8' }), `${name}.csv`);
    return;
  }
  const { default: writeExcelFile } = await import('write-excel-file/browser');
  const [titles = [], ...rows] = cells;
  // Cells are typed: a text is never taken for a formula in this format.
  const heading = titles.map((title) => ({ value: String(title ?? ''), fontWeight: 'bold' as const }));
  const widths = titles.map((title, i) => ({ width: Math.min(48, Math.max(8, ...[title, ...rows.slice(0, 200).map((row) => row[i] ?? null)].map((cell) => [...String(cell ?? '')].reduce((sum, letter) => sum + (letter > '\u2e80' ? 2 : 1.1), 1)))) }));
  saveFile(await writeExcelFile([heading, ...rows], { columns: widths, stickyRowsCount: 1 }).toBlob(), `${name}.xlsx`);
}
