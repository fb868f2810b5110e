import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { openContestant } from '../correctness/contestant.ts';
import { type ProgramResult, runPrograms } from '../correctness/run-programs.ts';
import { bodyOf } from '../correctness/two-bodies.ts';
import type { Compared, Finding } from '../finding.ts';
import { localPeerNames, openLocalPeers } from '../peers/open-local-peers.ts';
import { withNotCompared } from './not-compared.ts';
import type { RowContext } from './row-context.ts';

/** Processes that count at the same time. */
const counters = 4;

/** What was seen of a library: how fast, and how often wrong. */
interface Seen {
  readonly library: string;
  readonly perSecond: number;
  readonly wrong: number;
}

/** What readers and other writers see of each library while it is measured: a library that is faster and wrong is shown as both. */
export async function measureCorrectness(context: RowContext): Promise<Finding[]> {
  const { peers, missing } = await openLocalPeers((library) => join(context.directory, 'loaded', library));
  const libraries = [...localPeerNames.filter((name) => peers.some(({ library }) => library === name)), 'conf'];
  const reads = await seeEach(libraries, context, seeTornReads);
  const updates = await seeEach(libraries, context, seeLostUpdates);
  return withNotCompared(
    [
      ...toFindings('read of a file that another process overwrites', 'torn reads', reads),
      ...toFindings(`read, add one, write back in ${counters} processes`, 'lost updates', updates),
    ],
    missing,
  );
}

/** Ours comes first. */
async function seeEach(
  libraries: readonly string[],
  context: RowContext,
  see: (library: string, directory: string, context: RowContext) => Promise<Seen>,
): Promise<Seen[]> {
  const seen: Seen[] = [];
  for (const library of ['ours', ...libraries]) {
    context.onProgress(`${see.name}: ${library}`);
    const directory = join(context.directory, see.name, library);
    await mkdir(directory, { recursive: true });
    seen.push(await see(library, directory, context));
  }
  return seen;
}

/** One process overwrites a file with two bodies in turn, another one reads it. */
async function seeTornReads(library: string, directory: string, { full, signal }: RowContext): Promise<Seen> {
  const amount = full ? 5 : 0.5;
  const contestant = await openContestant(library, directory);
  await contestant.write(bodyOf(0));
  const reader = { task: 'read', library, directory, amount } as const;
  const [read] = await runPrograms([reader, { ...reader, task: 'overwrite' }], signal);
  return { library, perSecond: rateOf(read), wrong: read?.wrong ?? Number.NaN };
}

/** Each process adds one to a counter, again and again. */
async function seeLostUpdates(library: string, directory: string, { full, signal }: RowContext): Promise<Seen> {
  const amount = full ? 250 : 50;
  const contestant = await openContestant(library, directory);
  await contestant.reset();
  const counter = { task: 'increment', library, directory, amount } as const;
  const results = await runPrograms(
    Array.from({ length: counters }, () => counter),
    signal,
  );
  const acknowledged = counters * amount;
  const reopened = await openContestant(library, directory);
  return {
    library,
    perSecond: acknowledged / Math.max(...results.map(({ seconds }) => seconds)),
    wrong: Math.max(acknowledged - (await reopened.count()), 0),
  };
}

function rateOf(result: ProgramResult | undefined): number {
  return result === undefined ? Number.NaN : result.done / result.seconds;
}

/** For each library its speed, and what was wrong. */
function toFindings(what: string, unit: 'torn reads' | 'lost updates', [ours, ...others]: readonly Seen[]): Finding[] {
  if (ours === undefined) {
    return [];
  }
  return [
    { what: `${what}: ${unit}`, ours: ours.wrong, unit, wanted: { below: 1 } },
    ...others.flatMap(({ library, perSecond, wrong }): Finding[] => [
      { what, ours: ours.perSecond, unit: '/s', other: compare(library, ours.perSecond, perSecond) },
      { what: `${what}: ${unit}`, ours: ours.wrong, unit, other: compare(library, ours.wrong, wrong) },
    ]),
  ];
}

/** Nothing against nothing is as much. */
function compare(name: string, ours: number, reached: number): Compared {
  return { name, reached, ratio: ours === reached ? 1 : ours / reached };
}
