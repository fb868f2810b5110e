import type { TopLevelSpec } from 'vega-lite';
import type { Finding, Unit } from '../finding.ts';
import { isHigherBetter } from '../finding.ts';
import { light, pixelsPerCharacter } from './chart-theme.ts';

/** A comparison as it is drawn: how many times as good ours is, whatever the unit. */
export interface Advantage {
  readonly what: string;
  readonly other: string;
  /** Above 1: ours is better. */
  readonly times: number;
  /** The middle half of the rounds. */
  readonly low: number;
  readonly high: number;
  readonly verdict: Verdict;
}

/** Who is ahead; neither, when the middle half of the rounds includes 1. */
export type Verdict = 'ours is ahead' | 'no difference' | 'the other is ahead';

const chartWidth = 420;
const lineHeight = 20;

/** The comparisons among the findings. What cannot be drawn on a logarithmic axis, a ratio of nothing, is left out. */
export function advantagesOf(findings: readonly Finding[]): Advantage[] {
  return findings.flatMap(({ what, unit, other }) => {
    if (other === undefined) {
      return [];
    }
    const times = timesAsGood(other.ratio, unit);
    const spread = other.spread ?? { low: other.ratio, high: other.ratio };
    const [low = times, high = times] = [timesAsGood(spread.low, unit), timesAsGood(spread.high, unit)].sort((a, b) => a - b);
    const canBeDrawn = [low, times, high].every((value) => value > 0 && Number.isFinite(value));
    return canBeDrawn ? [{ what, other: other.name, times, low, high, verdict: verdictOf(low, high) }] : [];
  });
}

/** A line for each comparison below one that says what was done, on a logarithmic axis with 1 marked. */
export function ratioChart(advantages: readonly Advantage[]): TopLevelSpec {
  const lines = toLines(advantages);
  const longest = Math.max(...lines.map(({ text }) => text.length));
  const domain = domainOf(advantages);
  const x = { type: 'quantitative', scale: { type: 'log', domain, nice: false, clamp: true } } as const;
  const y = { field: 'line', type: 'ordinal', title: null, ...linesAxis(lines) } as const;
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    autosize: { type: 'none' },
    padding: { left: longest * pixelsPerCharacter + 16, right: 64, top: 40, bottom: 44 },
    width: chartWidth,
    height: lines.length * lineHeight,
    data: {
      values: lines.flatMap(({ advantage }, line) =>
        advantage === undefined ? [] : [{ line, label: toTimes(advantage.times), ...advantage }],
      ),
    },
    layer: [
      { data: { values: [{}] }, mark: { type: 'rule', color: light.ink, strokeDash: [4, 3] }, encoding: { x: { datum: 1, ...x } } },
      { mark: { type: 'rule', strokeWidth: 3, opacity: 0.5 }, encoding: { y, x: { field: 'low', ...x }, x2: { field: 'high' }, color } },
      {
        mark: { type: 'point', filled: true, size: 70, opacity: 1 },
        encoding: { y, x: { field: 'times', ...x, title: timesTitle, axis: timesAxis(domain) }, color },
      },
      {
        mark: { type: 'text', align: 'left', dx: 8, color: light.ink, fontSize: 11 },
        encoding: { y, x: { field: 'high', ...x }, text: { field: 'label' } },
      },
    ],
  };
}

const color = {
  field: 'verdict',
  type: 'nominal',
  title: null,
  scale: { domain: ['ours is ahead', 'no difference', 'the other is ahead'], range: [light.ahead, light.even, light.behind] },
  legend: { orient: 'top', symbolOpacity: 1, symbolType: 'circle' },
} as const;

const timesTitle = 'times as good as the other; the bar is the middle half of the rounds';

function timesAxis(domain: readonly [number, number]): { values: number[]; labelExpr: string; grid: true } {
  return { values: ticksOf(domain), labelExpr: "format(datum.value, '~r') + '×'", grid: true };
}

/** Lines that only say what was done are bold, and have no line across the chart. */
function linesAxis(lines: readonly ChartLine[]) {
  const isHeading = `${JSON.stringify(lines.map(({ advantage }) => advantage === undefined))}[datum.value]`;
  const lineNumbers = [...lines.keys()];
  return {
    scale: { domain: lineNumbers },
    axis: {
      labelExpr: `${JSON.stringify(lines.map(({ text }) => text))}[datum.value]`,
      labelFontWeight: { condition: { test: isHeading, value: 'bold' }, value: 'normal' },
      gridColor: { condition: { test: isHeading, value: light.ground }, value: light.faint },
      labelLimit: 0,
      labelPadding: 8,
      grid: true,
    },
  } as const;
}

interface ChartLine {
  readonly text: string;
  /** Nothing in a line that only says what was done. */
  readonly advantage?: Advantage;
}

function toLines(advantages: readonly Advantage[]): ChartLine[] {
  return advantages.flatMap((advantage, index) => {
    const line = { text: `vs ${advantage.other}`, advantage };
    return advantage.what === advantages[index - 1]?.what ? [line] : [{ text: advantage.what }, line];
  });
}

function timesAsGood(ratio: number, unit: Unit): number {
  return isHigherBetter(unit) ? ratio : 1 / ratio;
}

function verdictOf(low: number, high: number): Verdict {
  return low > 1 ? 'ours is ahead' : high < 1 ? 'the other is ahead' : 'no difference';
}

function toTimes(times: number): string {
  return `${times < 10 ? times.toFixed(2) : times.toLocaleString('en-US', { maximumFractionDigits: 0 })}×`;
}

/** Around all values, and at least from a half to two, so that small differences look small. */
function domainOf(advantages: readonly Advantage[]): [number, number] {
  const low = Math.min(0.5, ...advantages.map((advantage) => advantage.low));
  const high = Math.max(2, ...advantages.map((advantage) => advantage.high));
  return [low / 1.1, high * 1.1];
}

/** 1, 2 and 5 of each power of ten; only the powers where there are many. */
function ticksOf([low, high]: readonly [number, number]): number[] {
  const steps = high / low > 200 ? [1] : [1, 2, 5];
  const powers = Array.from({ length: 31 }, (_, index) => 10 ** (index - 15));
  return powers.flatMap((power) => steps.map((step) => step * power)).filter((tick) => tick >= low && tick <= high);
}
