import type { TopLevelSpec } from 'vega-lite';
import type { Finding } from '../finding.ts';
import { toExponent } from '../growth.ts';
import { light } from './chart-theme.ts';

const chartWidth = 240;
const chartHeight = 130;
const chartsPerLine = 3;

/** One small chart for each operation: its cost among more and more items, on two logarithmic axes, where a constant is a level line. */
export function growthChart(findings: readonly Finding[]): TopLevelSpec {
  const operations = [...new Set(findings.map(({ what }) => what))];
  const values = findings.flatMap(({ what, growth }) =>
    (growth?.points ?? []).map((point) => ({ ...point, operation: operations.indexOf(what), store: growth?.store })),
  );
  const labels = operations.map((operation) => labelOf(operation, findings));
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    data: { values },
    facet: {
      field: 'operation',
      type: 'ordinal',
      title: null,
      header: { labelExpr: `${JSON.stringify(labels)}[datum.value]`, labelAnchor: 'start', labelLineHeight: 15 },
    },
    columns: chartsPerLine,
    // Flush: the layout goes by the charts alone, as the width of text is not known here.
    bounds: 'flush',
    spacing: { row: 72, column: 72 },
    padding: 12,
    spec: { width: chartWidth, height: chartHeight, mark: { type: 'line', point: true }, encoding },
  };
}

const sizes: number[] = [100, 1000, 10_000, 100_000];

const encoding = {
  x: {
    field: 'items',
    type: 'quantitative',
    scale: { type: 'log' },
    title: null,
    axis: { labelExpr: "format(datum.value, ',')", values: sizes },
  },
  y: {
    field: 'microseconds',
    type: 'quantitative',
    scale: { type: 'log' },
    title: null,
    axis: { labelExpr: "datum.value < 1000 ? datum.value + ' µs' : format(datum.value / 1000, ',') + ' ms'", tickCount: 4 },
  },
  color: {
    field: 'store',
    type: 'nominal',
    title: null,
    scale: { range: [light.ahead, light.behind] },
    legend: { orient: 'top', symbolType: 'circle' },
  },
} as const;

function labelOf(operation: string, findings: readonly Finding[]): string[] {
  const exponents = findings
    .filter(({ what }) => what === operation)
    .flatMap(({ growth }) => (growth === undefined ? [] : [`${growth.store}: ${toExponent(growth.exponent)}`]));
  return [operation, `exponent ${exponents.join(', ')}`];
}
