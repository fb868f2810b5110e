import { type FileStore, FileStoreError, hasErrorCode, MemoryFileStore } from '@oh/file-store-core';
import { resetChance } from './determinism.ts';
import type { Scenario } from './scenario.ts';
import { type Deviation, Schedule, type Step } from './schedule.ts';
import { scheduledFileStore } from './scheduled-file-store.ts';

/** Files by path. */
export type Contents = ReadonlyMap<string, Uint8Array>;

/** What came of a run. */
export interface RunResult {
  readonly steps: readonly Step[];
  /** What is wrong; `undefined` when everything is as promised. */
  readonly violation: string | undefined;
}

/** Some time on 1 January 2026: later each time that it is asked for. */
function steadyClock(): () => Date {
  let ms = Date.UTC(2026, 0, 1);
  return () => new Date(ms++);
}

/** What is there before each run of a scenario. */
export async function prepare(scenario: Scenario): Promise<Contents> {
  resetChance();
  const files = limited(new MemoryFileStore({ now: steadyClock() }), scenario);
  await scenario.prepare?.(files);
  const contents = new Map<string, Uint8Array>();
  for await (const { path } of files.entries('', { recursive: true })) {
    contents.set(path, await files.readBytes(path));
  }
  return contents;
}

/** Runs a scenario once, by a plan. */
export async function runPlan(scenario: Scenario, contents: Contents, plan: readonly Deviation[]): Promise<RunResult> {
  resetChance();
  const memory = new MemoryFileStore({ now: steadyClock() });
  for (const [path, bytes] of contents) {
    await memory.write(path, bytes);
  }
  const schedule = new Schedule(plan);
  const play = scenario.begin();
  const running = new Set<string>();
  const failures: string[] = [];
  const hadFault = plan.some(({ fault }) => fault !== undefined);
  for (const [name, act] of Object.entries(play.actors)) {
    running.add(name);
    const files = scheduledFileStore(memory, { actor: name, schedule, capabilities: scenario.capabilities });
    const delay = async (): Promise<void> => void (await schedule.arrive({ actor: name, name: 'wait', path: '' }));
    const request = async (receiver: string) => await schedule.arrive({ actor: name, name: 'request', path: receiver });
    const isOver = (other: string): boolean => !running.has(other) || schedule.isDead(other);
    const isAlone = (): boolean => [...running].every((other) => other === name || isOver(other));
    // Nobody begins before it is his turn.
    schedule
      .arrive({ actor: name, name: 'begin', path: '' })
      .then(() => act({ files, name, delay, request, isOver, isAlone }))
      .catch((error: unknown) => {
        if (!(hadFault && hasErrorCode(error, 'unavailable'))) {
          failures.push(`${name} failed: ${describe(error)}`);
        }
      })
      .finally(() => running.delete(name));
  }
  try {
    await schedule.run(() => [...running].every((name) => schedule.isDead(name)));
    await play.check(limited(memory, scenario), hadFault);
  } catch (error) {
    failures.push(describe(error));
  }
  return { steps: schedule.steps, violation: failures.length === 0 ? undefined : failures.join('\n') };
}

/** A store with the capabilities of a scenario, without a schedule. */
function limited(files: FileStore, { capabilities }: Scenario): FileStore {
  const all = { ...files.capabilities, ...capabilities };
  return new Proxy(files, {
    get(target, key) {
      const member: unknown = Reflect.get(target, key, target);
      return key === 'capabilities' ? all : typeof member === 'function' ? member.bind(target) : member;
    },
  });
}

function describe(error: unknown): string {
  const [place = ''] = error instanceof Error && !(error instanceof FileStoreError) ? (/\n +at .*/.exec(error.stack ?? '') ?? []) : [];
  return `${error instanceof Error ? error.message : String(error)}${place}`;
}
