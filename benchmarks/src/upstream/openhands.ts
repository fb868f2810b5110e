import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { findPython } from '@oh-tools/programs';

/** What a program of OpenHands' own code does and times. */
export interface UpstreamTask {
  /** Where it has its files; an empty directory. */
  readonly root: string;
  /** Events that are appended and read again, and files that are written. */
  readonly events: number;
  /** Bytes of the text of each. */
  readonly bytes: number;
}

/** The seconds that all of them took. */
export interface UpstreamTimes {
  readonly append: number;
  readonly replay: number;
  readonly write: number;
}

/** A release of OpenHands whose own code can be measured. */
export interface Upstream {
  readonly name: string;
  readonly append: string;
  readonly replay: string;
  readonly write: string;
  readonly script: string;
  /** The Python that has it; `undefined` where there is none. */
  readonly find: () => string | undefined;
  /** What is to be done where it is not installed. */
  readonly remedy: string;
}

/** Both are measured in a Python process that times itself. */
export const upstreams: readonly Upstream[] = [
  {
    name: 'OpenHands 0.62.0',
    append: 'OpenHands 0.62.0 EventStream.add_event',
    replay: 'OpenHands 0.62.0 EventStore.search_events',
    write: 'OpenHands 0.62.0 LocalFileStore.write (not atomic)',
    script: 'openhands-v0.py',
    find: () => findPython('import fcntl, pydantic; from importlib.metadata import version; assert version("openhands-ai") == "0.62.0"'),
    remedy: 'no Python has openhands-ai 0.62.0; tools/programs/install-python.sh installs it',
  },
  {
    name: 'OpenHands SDK 1.43.0',
    append: 'OpenHands SDK 1.43.0 EventLog.append',
    replay: 'OpenHands SDK 1.43.0 EventLog, all events',
    write: 'OpenHands SDK 1.43.0 LocalFileStore.write (not atomic)',
    script: 'openhands-sdk.py',
    find: findSdkPython,
    remedy: 'no Python from 3.12 on has openhands-sdk 1.43.0; benchmarks/install-openhands-sdk.sh installs it',
  },
];

/** A program of a release, which does one task after the other. */
export interface UpstreamProgram extends AsyncDisposable {
  /** @throws {Error} The program has ended; with what it said. */
  run(task: UpstreamTask): Promise<UpstreamTimes>;
}

/** Starts the program of a release; `undefined` where that is not installed. */
export function startUpstream({ find, script }: Upstream, signal: AbortSignal): UpstreamProgram | undefined {
  const python = find();
  if (python === undefined) {
    return undefined;
  }
  const child = spawn(python, [fileURLToPath(new URL(script, import.meta.url))], { signal, stdio: 'pipe' });
  const errors = text(child.stderr);
  const answers = createInterface(child.stdout)[Symbol.asyncIterator]();
  const closed = once(child, 'close').catch(() => undefined);
  child.stdin.on('error', () => {
    // It has ended: the answer that does not come tells.
  });
  return {
    run: async (task) => {
      child.stdin.write(`${JSON.stringify(task)}\n`);
      const answer = await answers.next();
      if (answer.done === true) {
        throw new Error(`${script} has ended: ${(await errors).slice(-2000)}`);
      }
      return JSON.parse(answer.value) as UpstreamTimes;
    },
    async [Symbol.asyncDispose]() {
      child.stdin.end();
      await closed;
    },
  };
}

/** What `install-openhands-sdk.sh` makes. */
function findSdkPython(): string | undefined {
  const python = fileURLToPath(new URL('../../../node_modules/.cache/python-sdk/bin/python', import.meta.url));
  const check = 'from importlib.metadata import version; assert version("openhands-sdk") == "1.43.0"';
  return spawnSync(python, ['-c', check]).status === 0 ? python : undefined;
}
