import type { Finding } from '../finding.ts';
import type { GroupName } from '../rows/row-names.ts';
import { drawChart } from './chart-theme.ts';
import { growthChart } from './growth-chart.ts';
import { advantagesOf, ratioChart } from './ratio-chart.ts';

/** A chart and what it shows in words. */
export interface Drawing {
  readonly svg: string;
  readonly description: string;
}

/** The chart of a group; `undefined` when nothing in it was compared. */
export async function drawGroup(group: GroupName, findings: readonly Finding[]): Promise<Drawing | undefined> {
  const growing = findings.filter(({ growth }) => growth !== undefined);
  if (growing.length > 0) {
    const description = `What ${growing.length} operations cost among more and more items, on logarithmic axes: a level line is a constant cost.`;
    return { description, svg: await drawChart({ description, chart: growthChart(growing) }) };
  }
  const advantages = advantagesOf(findings);
  if (advantages.length === 0) {
    return undefined;
  }
  const count = (wanted: string): number => advantages.filter(({ verdict }) => verdict === wanted).length;
  const outcome = `ahead in ${count('ours is ahead')}, behind in ${count('the other is ahead')}, no difference in ${count('no difference')}`;
  const description = `Ours against others, ${group}: of ${advantages.length} comparisons ours is ${outcome}.`;
  return { description, svg: await drawChart({ description, chart: ratioChart(advantages) }) };
}
