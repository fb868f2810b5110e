/** A Markdown table in columns of equal width, so that it can be read as it is; missing cells are empty. */
export function toMarkdownTable(columns: readonly string[], lines: readonly (readonly string[])[]): string {
  const rows = [columns, columns.map(() => '---'), ...lines].map((row) => columns.map((_, column) => escapeCell(row[column] ?? '')));
  const widths = columns.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) => `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |\n`).join('');
}

function escapeCell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
