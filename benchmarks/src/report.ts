import { type Finding, isMet, type Unit, type Wanted } from './finding.ts';

const columns = ['ours', '', 'the other', '', 'ratio', 'wanted', ''] as const;

/** The findings as a Markdown table, in columns of equal width. */
export function toTable(findings: readonly Finding[]): string {
  const rows = [columns, columns.map(() => '---'), ...findings.map(toCells)];
  const widths = columns.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) => `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |\n`).join('');
}

/** One finding as a line of JSON. */
export function toJsonLine(finding: Finding): string {
  return `${JSON.stringify({ ...finding, met: isMet(finding) })}\n`;
}

function toCells(finding: Finding): string[] {
  const { what, ours, unit, other, wanted } = finding;
  const met = isMet(finding);
  return [
    what,
    toFigure(ours, unit),
    other?.name ?? '',
    other === undefined ? '' : toFigure(other.reached, unit),
    other === undefined ? '' : other.ratio.toFixed(2),
    wanted === undefined ? '' : describeWanted(wanted, unit),
    met === undefined ? '' : met ? 'met' : 'missed',
  ];
}

function describeWanted(wanted: Wanted, unit: Unit): string {
  if ('below' in wanted) {
    return `< ${toFigure(wanted.below, unit)}`;
  }
  if ('atLeast' in wanted) {
    return `>= ${toFigure(wanted.atLeast, unit)}`;
  }
  return 'ratioBelow' in wanted ? `< ${wanted.ratioBelow.toFixed(2)}` : `>= ${wanted.ratioAtLeast.toFixed(2)}`;
}

function toFigure(value: number, unit: Unit): string {
  const digits = value < 0.1 ? 3 : value < 10 ? 1 : 0;
  const figure = value.toLocaleString('en-US', { maximumFractionDigits: digits });
  return unit === '/s' ? `${figure}${unit}` : `${figure} ${unit}`;
}
