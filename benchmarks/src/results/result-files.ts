import { type Finding, isMet } from '../finding.ts';
import { toExponent } from '../growth.ts';
import { type Machine, machineLine } from '../machine.ts';
import { describeTarget, toRatio, toTables } from '../report.ts';
import type { RowRun } from '../row-run.ts';
import { type GroupName, groupNames } from '../rows/row-names.ts';
import { drawGroup } from './draw-group.ts';
import { advantagesOf } from './ratio-chart.ts';
import { type Results, resultsFileName } from './results.ts';

/** What is written of a run. */
export interface ResultFiles {
  /** The contents of each file, by its name. */
  readonly files: ReadonlyMap<string, string>;
  /** Parts of a page that shows them: one for each group, `machine`, `targets` and `behind`. */
  readonly regions: ReadonlyMap<string, string>;
}

/**
 * The files of a run and the parts of the page that shows them, from its results alone: the same results give the same text.
 *
 * @param charts Where the charts are, as the page sees it.
 */
export async function makeResultFiles(results: Results, charts: string): Promise<ResultFiles> {
  const files = new Map([[resultsFileName, `${JSON.stringify(results, undefined, 2)}\n`]]);
  const regions = new Map([
    ['machine', describeRun(results)],
    ['targets', listTargets(results.runs)],
    ['behind', listBehind(results.runs)],
  ]);
  const tables: string[] = [];
  for (const group of groupNames) {
    const runs = results.runs.filter((run) => run.group === group);
    const drawing = await drawGroup(
      group,
      runs.flatMap(({ findings }) => findings),
    );
    const table = runs.length === 0 ? 'Not measured in this run.\n' : toTables(runs);
    if (drawing !== undefined) {
      files.set(`${group}.svg`, drawing.svg);
    }
    const chart = drawing === undefined ? '' : `![${drawing.description}](${charts}/${group}.svg)\n\n`;
    regions.set(group, `${chart}\`${commandOf(group, results)}\`, ${secondsOf(runs)} seconds:\n\n${table}`);
    tables.push(`## ${group}\n\n${table}`);
  }
  files.set('results.md', [`# Results\n\n${describeRun(results)}`, ...tables].join('\n'));
  return { files, regions };
}

function commandOf(group: GroupName, { full }: Results): string {
  return `npm run bench -- ${full ? '--full ' : ''}--only ${group}`;
}

function secondsOf(runs: readonly RowRun[]): string {
  return runs.reduce((sum, { seconds }) => sum + seconds, 0).toFixed(0);
}

function describeRun({ machine, full, secondsPerSide, runs }: Results): string {
  const versions = (named: Machine['packages']): string =>
    Object.entries(named)
      .map(([name, version]) => `${name} ${version}`)
      .join(', ');
  return [
    `\`npm run bench${full ? ' -- --full' : ''}\`, ${secondsOf(runs)} seconds, ${secondsPerSide} per side of the rows that count operations, at commit ${machine.commit}.`,
    machineLine(machine),
    `Packages: ${versions(machine.packages)}.`,
    `Programs: ${versions(machine.programs)}.`,
  ]
    .join('\n\n')
    .concat('\n');
}

/** How many targets were met, and which were not. */
function listTargets(runs: readonly RowRun[]): string {
  const aims = runs.flatMap(({ group, findings }) => findings.map((finding) => ({ group, finding, met: isMet(finding) })));
  const count = (wanted: boolean): number => aims.filter(({ met }) => met === wanted).length;
  const missed = aims
    .filter(({ met }) => met === false)
    .map(({ group, finding }) => `- ${group}: ${finding.what}, ${describeMiss(finding)}\n`);
  return [
    `${count(true)} of ${count(true) + count(false)} targets are met. Missed:\n\n`,
    ...(missed.length === 0 ? ['- none\n'] : missed),
  ].join('');
}

function describeMiss(finding: Finding): string {
  const { growth, other } = finding;
  if (growth !== undefined) {
    return `${growth.store}: it grows, with an exponent of ${toExponent(growth.exponent)}`;
  }
  const compared = other === undefined ? '' : `${toRatio(other.ratio)} of ${other.name}, `;
  return `${compared}wanted ${describeTarget(finding)}`;
}

/** What others are faster at, by groups. */
function listBehind(runs: readonly RowRun[]): string {
  const lines = runs.flatMap(({ group, findings }) =>
    advantagesOf(findings)
      .filter(({ verdict }) => verdict === 'the other is ahead')
      .map(({ what, other, times }) => `- ${group}: ${what}, ${times.toFixed(2)} of ${other}\n`),
  );
  return lines.length === 0 ? 'Nothing in this run.\n' : lines.join('');
}
