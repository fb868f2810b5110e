import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { ActOutcome, Aftermath, InjectRequest } from './inject-message.ts';

const program = new URL('../inject-worker.ts', import.meta.url);
const compileCache = fileURLToPath(new URL('../../node_modules/.cache/compile', import.meta.url));

/** How long a worker may take for one answer, in milliseconds, before the operation is said to hang. */
const maxAnswerMs = 15_000;

/** A thread on which a store does its system calls. */
export type ThreadName = 'main' | 'pool';

/** A process with one thread in its pool, in which a store is made to fail. */
export class WorkerProcess {
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;
  #errors = '';

  constructor() {
    this.#child = fork(fileURLToPath(program), {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      env: { ...process.env, UV_THREADPOOL_SIZE: '1', NODE_COMPILE_CACHE: compileCache },
    });
    this.#ended = once(this.#child, 'exit');
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#errors += text;
    });
  }

  /** Whether it can be asked for more. */
  get isAlive(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null && this.#child.connected;
  }

  /** How it ended and what it said. */
  get epitaph(): string {
    return `${this.#child.signalCode ?? `exit ${this.#child.exitCode}`} ${this.#errors.trim().slice(0, 500)}`;
  }

  /** Whether SIGKILL ended it. */
  get wasKilled(): boolean {
    return this.#child.signalCode === 'SIGKILL';
  }

  /** Its threads by their number in the kernel; those that are neither JavaScript's nor the pool's by their number alone. */
  threads(): ReadonlyMap<number, ThreadName | string> {
    const tasks = `/proc/${this.#child.pid}/task`;
    return new Map(
      readdirSync(tasks).map((tid) => {
        const name = readFileSync(`${tasks}/${tid}/comm`, 'utf8').trim();
        const role = Number(tid) === this.#child.pid ? 'main' : name === 'libuv-worker' ? 'pool' : `${name} ${tid}`;
        return [Number(tid), role];
      }),
    );
  }

  /** The number of a thread in the kernel. @throws {Error} When there is none. */
  threadId(thread: ThreadName): number {
    const found = [...this.threads()].filter(([, name]) => name === thread);
    const [tid] = found[0] ?? [];
    if (tid === undefined || found.length > 1) {
      throw new Error(`the worker has ${found.length} threads ${thread}`);
    }
    return tid;
  }

  /** Makes a store with the files that the operation needs. */
  async prepare(request: Omit<InjectRequest & { kind: 'prepare' }, 'kind'>): Promise<void> {
    await this.#ask({ kind: 'prepare', ...request });
  }

  /** Does the operation. @returns `undefined` when the process ended, or did not answer and was killed. */
  async act(): Promise<ActOutcome | undefined> {
    return (await this.#ask({ kind: 'act' }).catch(() => undefined)) as ActOutcome | undefined;
  }

  /** Lets the same store write once more and close. @returns As {@link act}. */
  async finish(area: string, leaked: readonly number[]): Promise<Aftermath | undefined> {
    return (await this.#ask({ kind: 'finish', area, leaked }).catch(() => undefined)) as Aftermath | undefined;
  }

  /** SIGKILL; resolves when it has ended. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#ended;
  }

  async #ask(request: InjectRequest): Promise<unknown> {
    const over = new AbortController();
    const timeout = setTimeout(() => this.#child.kill('SIGKILL'), maxAnswerMs);
    try {
      const answered = once(this.#child, 'message', { signal: over.signal });
      const ended = this.#ended.then(() => Promise.reject(new Error(`the worker ended: ${this.epitaph}`)));
      // That it is gone is told by its end.
      this.#child.send(request, () => undefined);
      const [answer] = (await Promise.race([answered, ended])) as unknown[];
      return answer;
    } finally {
      clearTimeout(timeout);
      over.abort();
    }
  }
}
