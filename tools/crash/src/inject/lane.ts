import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { type CallPoint, planCalls } from './call-plan.ts';
import type { ActOutcome } from './inject-message.ts';
import { judgeFiles } from './judge-files.ts';
import { type Injection, isSync, judgeAftermath, judgeOutcome } from './judge-outcome.ts';
import { leaveRemains, Neighbour } from './neighbours.ts';
import { inspectRoot } from './root-state.ts';
import type { Durability, Scenario } from './scenario.ts';
import { Strace } from './strace.ts';
import { concerns, parseTrace, type SystemCall, signatureOf } from './system-call.ts';
import { WorkerProcess } from './worker-process.ts';

/** An operation, and how durable its store is. */
export interface Job {
  readonly scenario: Scenario;
  readonly durability: Durability;
}

/** What came of a run whose call was hit; `undefined` where another one was, or none: try again. */
export type Verdict = { readonly faults: readonly string[]; readonly ended: 'done' | 'failed' | 'killed' } | undefined;

/** How often an operation is watched until two runs are the same. */
const maxPlans = 6;

/** One run at a time: a worker whose calls fail, and the next one to be killed, which starts meanwhile. */
export class Lane {
  readonly #directory: string;
  readonly #warm = new Set<string>();
  #worker = new WorkerProcess();
  #victim = new WorkerProcess();
  #runs = 0;

  /** @param directory Where it makes its roots. */
  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Ends its processes. */
  async close(): Promise<void> {
    await Promise.all([this.#worker.kill(), this.#victim.kill()]);
  }

  /** The calls of an operation on files of the store, the same in two runs that follow each other but for their order. */
  async plan(job: Job): Promise<readonly CallPoint[]> {
    let before: readonly string[] = [];
    let change = '';
    for (let attempt = 1; attempt <= maxPlans; attempt += 1) {
      const points = await this.#planOnce(job);
      const plan = points.map(({ thread, signature }) => `${thread} ${signature}`).sort();
      const difference = plan.findIndex((line, index) => line !== before[index]);
      if (difference < 0 && plan.length === before.length) {
        return points;
      }
      change = `${before[difference]}, then ${plan[difference]}`;
      before = plan;
    }
    throw new Error(`${job.scenario.name} (${job.durability}) makes other calls each time: ${change}`);
  }

  /** Makes one call fail. */
  async inject(injection: Injection, isObserved = false): Promise<Verdict> {
    const { scenario, point, errno, syncs } = injection;
    const worker = await this.#readyWorker(injection);
    return await this.#inRoot(async (area, root) => {
      const neighbour = await prepare(worker, injection, root);
      const { outcome, calls, otherCalls } = await trace(worker, point, `${point.name}:error=${errno}:when=${point.count}`, isObserved);
      const hit = calls.filter(({ isInjected }) => isInjected);
      const isMeant = hit.length === 1 && hit.every((call) => isPoint(call, point, area));
      const aftermath = outcome === undefined ? undefined : await worker.finish(area, hit.flatMap(closedDescriptor));
      const others = (await neighbour?.finish()) ?? [];
      if (!isMeant) {
        return undefined;
      }
      if (outcome?.kind === 'done' && !isObserved && calls.filter(isSync).length < syncs) {
        // The others may have been on the other thread.
        return await this.inject(injection, true);
      }
      const state = await inspectRoot(root);
      if (outcome === undefined || aftermath === undefined) {
        return {
          ended: 'killed',
          faults: [`the process did not survive, or gave no answer: ${worker.epitaph}`, ...judgeFiles(scenario, 'killed', state)],
        };
      }
      const faults = [
        ...judgeOutcome(injection, outcome, [...calls, ...otherCalls]),
        ...judgeFiles(scenario, outcome.kind, state),
        ...judgeAftermath(injection, aftermath),
        ...others,
      ];
      return { ended: outcome.kind, faults: faults.map((fault) => toShort(fault, area)) };
    });
  }

  /** Kills the process as it enters one call. */
  async kill(job: Job, point: CallPoint): Promise<Verdict> {
    const victim = this.#victim;
    this.#victim = new WorkerProcess();
    try {
      await this.#warmUp(victim, job);
      return await this.#inRoot(async (area, root) => {
        const neighbour = await prepare(victim, job, root);
        const { outcome, calls } = await trace(victim, point, `${point.name}:signal=KILL:when=${point.count}`);
        const others = (await neighbour?.finish()) ?? [];
        const last = calls.findLast((call) => concerns(call, area));
        if (outcome !== undefined || !victim.wasKilled || last === undefined || !isPoint(last, point, area)) {
          return undefined;
        }
        const faults = [...judgeFiles(job.scenario, 'killed', await inspectRoot(root)), ...others];
        return { ended: 'killed', faults: faults.map((fault) => toShort(fault, area)) };
      });
    } finally {
      await victim.kill();
    }
  }

  async #planOnce(job: Job): Promise<readonly CallPoint[]> {
    const worker = await this.#readyWorker(job);
    return await this.#inRoot(async (area, root) => {
      const neighbour = await prepare(worker, job, root);
      const strace = await Strace.attach([...worker.threads().keys()]);
      const outcome = await worker.act();
      const points = planCalls(await strace.detach(), area, worker);
      await worker.finish(area, []);
      const others = (await neighbour?.finish()) ?? [];
      const faults = [...judgeFiles(job.scenario, 'done', await inspectRoot(root)), ...others];
      if (outcome?.kind !== 'done' || outcome.result !== job.scenario.result || faults.length > 0) {
        throw new Error(`${job.scenario.name} fails by itself: ${JSON.stringify(outcome)} ${faults.join(', ')}`);
      }
      return points;
    });
  }

  /** The worker of this lane, which has done the operation before: all code that it needs is loaded. */
  async #readyWorker(job: Job): Promise<WorkerProcess> {
    if (!this.#worker.isAlive) {
      this.#worker = new WorkerProcess();
      this.#warm.clear();
    }
    const key = `${job.scenario.name} ${job.durability}`;
    if (!this.#warm.has(key)) {
      await this.#warmUp(this.#worker, job);
      this.#warm.add(key);
    }
    return this.#worker;
  }

  async #warmUp(worker: WorkerProcess, job: Job): Promise<void> {
    await this.#inRoot(async (area, root) => {
      const neighbour = await prepare(worker, job, root);
      await worker.act();
      await worker.finish(area, []);
      await neighbour?.finish();
    });
  }

  /** Runs `action` with a directory of its own, and a root in it that is not there yet. */
  async #inRoot<T>(action: (area: string, root: string) => Promise<T>): Promise<T> {
    this.#runs += 1;
    const area = join(this.#directory, String(this.#runs));
    try {
      return await action(area, join(area, 'root'));
    } finally {
      rmSync(area, { recursive: true, force: true });
    }
  }
}

/** @returns The store that writes meanwhile, if there is to be one. */
async function prepare(worker: WorkerProcess, { scenario, durability }: Job, root: string): Promise<Neighbour | undefined> {
  const neighbour = scenario.hasNeighbours === true ? await Neighbour.start(root) : undefined;
  if (neighbour !== undefined) {
    await leaveRemains(root, `${root}-of-the-dead`);
  }
  await worker.prepare({ scenario: scenario.name, durability, root });
  return neighbour;
}

/** Makes the calls of one thread fail. @param isObserved Whether those of the other thread are seen too. */
async function trace(
  worker: WorkerProcess,
  { thread }: CallPoint,
  injection: string,
  isObserved = false,
): Promise<{
  readonly outcome: ActOutcome | undefined;
  readonly calls: readonly SystemCall[];
  readonly otherCalls: readonly SystemCall[];
}> {
  const tid = worker.threadId(thread);
  const otherTid = worker.threadId(thread === 'main' ? 'pool' : 'main');
  const observer = isObserved ? await Strace.attach([otherTid]) : undefined;
  const strace = await Strace.attach([tid], injection);
  const outcome = await worker.act();
  const calls = parseTrace(await strace.detach(), tid);
  return { outcome, calls, otherCalls: parseTrace((await observer?.detach()) ?? '', otherTid) };
}

/** A fault without what differs from run to run, and from error to error. */
function toShort(fault: string, area: string): string {
  return fault
    .replaceAll(/\b(?:EIO|ENOSPC|EDQUOT|EROFS|EMFILE|EACCES)\b|Unknown system error -\d+/g, 'E...')

    .replaceAll(`${area}/root`, '')
    .replaceAll(/[0-9a-f]{16}/g, 'id')
    .replaceAll(/\/proc\/self\/fd\/\d+/g, '/proc/self/fd/n');
}

function isPoint(call: SystemCall, point: CallPoint, area: string): boolean {
  return call.name === point.name && call.count === point.count && signatureOf(call, area) === point.signature;
}

/** The descriptor that a `close` was to close. */
function closedDescriptor({ name, text }: SystemCall): number[] {
  return name === 'close' ? [Number.parseInt(text, 10)] : [];
}
