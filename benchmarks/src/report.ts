import { type Finding, isMet, type Spread, type Unit } from './finding.ts';
import { toExponent } from './growth.ts';
import { toMarkdownTable } from './markdown-table.ts';
import type { RowRun } from './row-run.ts';

const columns = ['ours', '', 'the other', '', 'ratio', 'middle half', 'wanted', ''] as const;

/** The findings as Markdown tables: comparisons, with a line for what could not be measured that says why; and what grows, or does not. */
export function toTables(runs: readonly RowRun[]): string {
  const lines = runs.flatMap(toLines);
  const growing = runs.flatMap(({ findings }) => findings).filter(({ growth }) => growth !== undefined);
  const tables = [lines.length === 0 ? '' : toMarkdownTable(columns, lines), growing.length === 0 ? '' : toGrowthTable(growing)];
  return tables.filter((table) => table !== '').join('\n');
}

/** Each finding as a line of JSON, and what could not be measured. */
export function toJsonLines(runs: readonly RowRun[]): string {
  return runs
    .flatMap(({ findings, ...run }) =>
      findings.length === 0 ? [run] : findings.map((finding) => ({ ...run, ...finding, met: isMet(finding) })),
    )
    .map((line) => `${JSON.stringify(line)}\n`)
    .join('');
}

function toLines({ row, findings, notMeasured, failed }: RowRun): string[][] {
  if (failed !== undefined) {
    return [[row, 'failed']];
  }
  return notMeasured === undefined
    ? findings.filter(({ growth }) => growth === undefined).map(toCells)
    : [[row, '', `not measured: ${notMeasured}`]];
}

function toCells(finding: Finding): string[] {
  const { what, ours, unit, other, notCompared } = finding;
  const met = isMet(finding);
  return [
    what,
    toFigure(ours, unit),
    other?.name ?? (notCompared === undefined ? '' : `not compared: ${notCompared}`),
    other === undefined ? '' : toFigure(other.reached, unit),
    other === undefined ? '' : toRatio(other.ratio),
    other?.spread === undefined ? '' : describeSpread(other.spread),
    describeTarget(finding),
    met === undefined ? '' : met ? 'met' : 'missed',
  ];
}

/** What each costs among more and more items, in microseconds, and whether it is constant. */
function toGrowthTable(findings: readonly Finding[]): string {
  const sizes = [...new Set(findings.flatMap(({ growth }) => growth?.points.map(({ items }) => items) ?? []))].sort((a, b) => a - b);
  const headings = sizes.map((items) => `${items.toLocaleString('en-US')}`);
  const lines = findings.map(({ what, growth, ...finding }) => [
    what,
    growth?.store ?? '',
    ...sizes.map((size) => toMicroseconds(growth?.points.find(({ items }) => items === size)?.microseconds)),
    growth === undefined ? '' : toExponent(growth.exponent),
    growth === undefined ? '' : `${toExponent(growth.spread.low)} to ${toExponent(growth.spread.high)}`,
    isMet({ what, growth, ...finding }) === false ? 'grows' : 'constant',
  ]);
  return toMarkdownTable(['cost among so many, in µs', '', ...headings, 'exponent', 'middle half', ''], lines);
}

function toMicroseconds(value: number | undefined): string {
  return value === undefined ? '' : value.toLocaleString('en-US', { maximumSignificantDigits: 3 });
}

function describeSpread({ low, high }: Spread): string {
  return `${toRatio(low)} to ${toRatio(high)}`;
}

/** The target in words; nothing where there is none. */
export function describeTarget({ wanted, unit }: Finding): string {
  if (wanted === undefined) {
    return '';
  }
  if ('below' in wanted) {
    return `< ${toFigure(wanted.below, unit)}`;
  }
  if ('atLeast' in wanted) {
    return `>= ${toFigure(wanted.atLeast, unit)}`;
  }
  if ('exponentBelow' in wanted) {
    return `exponent < ${wanted.exponentBelow.toFixed(2)}`;
  }
  return 'ratioBelow' in wanted ? `< ${toRatio(wanted.ratioBelow)}` : `>= ${toRatio(wanted.ratioAtLeast)}`;
}

/** Two digits after the point; none above a hundred, where they say nothing. */
export function toRatio(ratio: number): string {
  return ratio < 100 ? ratio.toFixed(2) : ratio.toLocaleString('en-US', { maximumFractionDigits: 0 });
}

function toFigure(value: number, unit: Unit): string {
  const digits = value < 0.1 ? 3 : value < 10 ? 1 : 0;
  const figure = value.toLocaleString('en-US', { maximumFractionDigits: digits });
  return unit === '/s' ? `${figure}${unit}` : `${figure} ${unit}`;
}
