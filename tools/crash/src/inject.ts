import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { LocalFileStore } from '@oh/file-store-local';
import { allScenarios } from './inject/all-scenarios.ts';
import type { CallPoint } from './inject/call-plan.ts';
import { InjectTally, toTable } from './inject/inject-tally.ts';
import { codeOfErrno, type Errno, isSync } from './inject/judge-outcome.ts';
import { type Job, Lane, type Verdict } from './inject/lane.ts';
import { missingForInject } from './inject/missing-for-inject.ts';
import { Progress } from './progress.ts';

/**
 * Makes every system call of every operation of a `LocalFileStore` fail with every error (`--quick`: with one of them, another at each call), and
 * kills the process at each that finds another disk than the one before (`--long`: at every one).
 *
 * Exit code 0: nothing was torn, lost or untold; 1: the opposite; 2: it cannot run here.
 */
const { values: given } = parseArgs({
  options: {
    only: { type: 'string', multiple: true, default: [''] },
    quick: { type: 'boolean', default: false },
    long: { type: 'boolean', default: false },
  },
});
const errnos = Object.keys(codeOfErrno) as Errno[];

/** How often it is tried to hit a call before that is a fault. */
const maxTries = 40;

/** After how many tries the operation is watched again, since the call may have another number by now. */
const triesPerPlan = 5;

const stop = new AbortController();
process.on('SIGINT', () => stop.abort());
process.on('SIGTERM', () => stop.abort());
const missing = await missingForInject();
if (missing === undefined) {
  process.exitCode = await run();
} else {
  console.error(`inject cannot run here: ${missing}`);
  process.exitCode = 2;
}

/** @returns The exit code. */
async function run(): Promise<number> {
  const directory = mkdtempSync(join(tmpdir(), 'oh-inject-'));
  const lanes = Array.from({ length: availableParallelism() + 1 }, (_, number) => new Lane(join(directory, String(number))));
  const startedAt = performance.now();
  try {
    const tallies = await planAll(lanes, jobs(directory));
    const faults = await runAll(lanes, tallies);
    console.log(toTable(tallies));
    console.log(`${((performance.now() - startedAt) / 1000).toFixed(0)} s`);
    const succeeded = faults === 0 && tallies.length > 0;
    console.log(succeeded ? 'Every failure was told, nothing was torn or lost.' : `FAILED: ${faults} faults, see above.`);
    return succeeded ? 0 : 1;
  } catch (error) {
    if (!stop.signal.aborted) {
      throw error;
    }
    console.error('inject: interrupted');
    return 130;
  } finally {
    await Promise.all(lanes.map((lane) => lane.close()));
    rmSync(directory, { recursive: true, force: true });
  }
}

function jobs(directory: string): readonly Job[] {
  const { capabilities } = new LocalFileStore({ root: directory });
  const possible = allScenarios.filter(({ needs }) => needs === undefined || capabilities[needs]);
  const chosen = possible.filter(({ name }) => given.only.some((part) => name.includes(part)));
  return chosen.flatMap((scenario) => scenario.durabilities.map((durability) => ({ scenario, durability })));
}

async function planAll(lanes: readonly Lane[], todo: readonly Job[]): Promise<readonly InjectTally[]> {
  const tallies = new Map<Job, InjectTally>();
  await share(lanes, todo, async (lane, job) => {
    tallies.set(job, new InjectTally(job, await lane.plan(job)));
  });
  return todo.flatMap((job) => tallies.get(job) ?? []);
}

/** Makes every call fail in every way. @returns How many faults that showed. */
async function runAll(lanes: readonly Lane[], tallies: readonly InjectTally[]): Promise<number> {
  const points = tallies.flatMap((tally) => tally.points.map((point) => ({ tally, point })));
  const todo = points.map((each, i) => ({ ...each, errors: given.quick ? errnos.slice(i % errnos.length).slice(0, 1) : errnos }));
  const progress = new Progress();
  let done = 0;
  let faults = 0;
  await share(lanes, todo, async (lane, { tally, point, errors }) => {
    const found = await runPoint(lane, tally, point, errors);
    for (const [fault, causes] of found) {
      progress.clear();
      console.error(`${tally.job.scenario.name} (${tally.job.durability}), ${describe(point)}, ${causes.join(' ')}: ${fault}`);
    }
    faults += found.size;
    done += 1;
    progress.show(`${done} of ${todo.length} system calls, ${faults} faults`);
  });
  progress.clear();
  return faults;
}

/** Makes one call fail in each way. @returns What was wrong, and after which failures. */
async function runPoint(
  lane: Lane,
  tally: InjectTally,
  point: CallPoint,
  errors: readonly Errno[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const found = new Map<string, string[]>();
  const syncs = tally.points.filter(isSync).length;
  const { job } = tally;
  const isKilled = given.long || point.isAfterChange;
  for (const how of isKilled ? ([...errors, 'SIGKILL'] as const) : errors) {
    const verdict = await hit(lane, tally, point, (at) =>
      how === 'SIGKILL' ? lane.kill(job, at) : lane.inject({ ...job, point: at, errno: how, syncs }),
    );
    tally.add(how === 'SIGKILL' ? 'kill' : 'injection', verdict);
    for (const fault of verdict?.faults ?? ['the call was not met again']) {
      found.set(fault, [...(found.get(fault) ?? []), how]);
    }
  }
  return found;
}

/** Tries until it was that call which was hit. */
async function hit(lane: Lane, tally: InjectTally, point: CallPoint, attempt: (at: CallPoint) => Promise<Verdict>): Promise<Verdict> {
  let at = point;
  for (let tries = 1; tries <= maxTries; tries += 1) {
    const verdict = await attempt(at);
    if (verdict !== undefined) {
      return verdict;
    }
    if (tries % triesPerPlan === 0) {
      at = (await findAgain(lane, tally, point)) ?? at;
    }
  }
  return undefined;
}

/** The same call in another plan: calls that are no concern of the store are counted too, and are not the same each time. */
async function findAgain(lane: Lane, { job, points }: InjectTally, point: CallPoint): Promise<CallPoint | undefined> {
  const isSame = ({ thread, signature }: CallPoint): boolean => thread === point.thread && signature === point.signature;
  const ordinal = points.filter(isSame).indexOf(point);
  return (await lane.plan(job)).filter(isSame)[ordinal];
}

/** Lets the lanes do `todo`, each the next one as soon as it is free; resolves, or rejects, when none is at work. */
async function share<T>(lanes: readonly Lane[], todo: readonly T[], action: (lane: Lane, item: T) => Promise<void>): Promise<void> {
  // Unlike that of an array, the iterator of a generator ends for all of them when one leaves the loop by an error.
  const rest = (function* () {
    yield* todo;
  })();
  const ends = await Promise.allSettled(
    lanes.map(async (lane) => {
      for (const item of rest) {
        stop.signal.throwIfAborted();
        await action(lane, item);
      }
    }),
  );
  const failed = ends.find((end) => end.status === 'rejected');
  if (failed !== undefined) {
    throw failed.reason;
  }
}

function describe({ thread, name, count, signature }: CallPoint): string {
  return `${thread} thread, ${name} ${count} [${signature}]`;
}
