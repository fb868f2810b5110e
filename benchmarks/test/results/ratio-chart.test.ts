import { describe, expect, test } from 'vitest';
import { drawChart, light } from '../../src/results/chart-theme.ts';
import { advantagesOf, ratioChart } from '../../src/results/ratio-chart.ts';
import { comparison } from './sample-results.ts';

describe('advantagesOf', () => {
  test('is the ratio where more is better', () => {
    expect(advantagesOf([comparison('read', 'theirs', 2, 1.5, 2.5)])).toEqual([
      { what: 'read', other: 'theirs', times: 2, low: 1.5, high: 2.5, verdict: 'ours is ahead' },
    ]);
  });

  test('is its reciprocal where less is better, with the ends of the spread exchanged', () => {
    expect(advantagesOf([{ ...comparison('import', 'theirs', 2, 1.6, 2.5), unit: 'ms' }])).toEqual([
      { what: 'import', other: 'theirs', times: 0.5, low: 0.4, high: 0.625, verdict: 'the other is ahead' },
    ]);
  });

  test('nobody is ahead where the middle half of the rounds includes 1', () => {
    expect(advantagesOf([comparison('read', 'theirs', 1.2, 0.9, 1.4)])[0]?.verdict).toBe('no difference');
    expect(advantagesOf([comparison('read', 'theirs', 1, 1, 1)])[0]?.verdict).toBe('no difference');
  });

  test('what was not compared, or has no place on a logarithmic axis, is left out', () => {
    expect(advantagesOf([{ what: 'alone', ours: 1, unit: 's' }, comparison('nothing', 'theirs', 0)])).toEqual([]);
    expect(advantagesOf([comparison('endless', 'theirs', Number.POSITIVE_INFINITY)])).toEqual([]);
  });
});

describe('the chart', () => {
  const advantages = advantagesOf([comparison('read bytes', 'a <fast> one', 0.25), comparison('write', 'theirs', 400)]);
  const chart = { chart: ratioChart(advantages), description: 'Ours & others' };

  test('names both sides of each line, and says its ratio', async () => {
    const svg = await drawChart(chart);
    for (const text of [
      'read bytes',
      'vs a &lt;fast&gt; one',
      'write',
      'vs theirs',
      '0.25×',
      '400×',
      '1×',
      '<title>Ours &amp; others</title>',
    ]) {
      expect(svg).toContain(text);
    }
  });

  test('says what was done once, above all that it was compared with', async () => {
    const compared = [comparison('read', 'one', 2), comparison('read', 'another', 3), comparison('write', 'one', 2)];
    const svg = await drawChart({ chart: ratioChart(advantagesOf(compared)), description: '' });
    const texts = [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/gu)].map(([, text]) => text);
    const first = texts.indexOf('read');
    expect(texts.slice(first, first + 5)).toEqual(['read', 'vs one', 'vs another', 'write', 'vs one']);
  });

  test('is drawn alike each time', async () => {
    expect(await drawChart(chart)).toBe(await drawChart(chart));
  });

  test('has other colours on dark ground, each of them one that the drawing uses', async () => {
    const [, style = '', drawing = ''] = (await drawChart(chart)).split(/<style>|<\/style>/u);
    expect(style).toContain('prefers-color-scheme:dark');
    for (const color of Object.values(light)) {
      expect(style).toContain(color);
      expect(drawing).toContain(color);
    }
  });
});
