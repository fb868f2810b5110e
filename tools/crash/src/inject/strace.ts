import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

/** Every call that takes a path or a descriptor; `-y` tells which file a descriptor is. */
const everyFileCall = ['-y', '-s', '0', '-e', 'trace=%file,%desc', '-e', 'signal=none'];

/** strace at some threads of a process that runs. */
export class Strace {
  readonly #child: ChildProcess;
  readonly #closed: Promise<unknown>;
  #log = '';

  private constructor(threadIds: readonly number[], injection: string | undefined) {
    const inject = injection === undefined ? [] : ['-e', `inject=${injection}`];
    const threads = threadIds.flatMap((tid) => ['-p', String(tid)]);
    this.#child = spawn('strace', [...everyFileCall, ...inject, ...threads], { stdio: ['ignore', 'ignore', 'pipe'] });
    this.#closed = once(this.#child, 'close');
  }

  /**
   * Resolves when all of the threads are traced: whatever they do from then on is seen.
   *
   * @param injection As in `strace -e inject=`; calls are counted by thread and by their name.
   * @throws {Error} When strace cannot, with what it says.
   */
  static async attach(threadIds: readonly number[], injection?: string): Promise<Strace> {
    const strace = new Strace(threadIds, injection);
    await strace.#attached(threadIds.length);
    return strace;
  }

  /** Lets go of the threads. @returns Its log. */
  async detach(): Promise<string> {
    this.#child.kill('SIGINT');
    await this.#closed;
    return this.#log;
  }

  async #attached(threads: number): Promise<void> {
    const { promise: attached, resolve } = Promise.withResolvers<void>();
    this.#child.stderr?.setEncoding('latin1').on('data', (text: string) => {
      this.#log += text;
      if ((this.#log.match(/Process \d+ attached/g)?.length ?? 0) >= threads) {
        resolve();
      }
    });
    const failed = this.#closed.then(() => Promise.reject(new Error(`strace: ${this.#log.trim()}`)));
    failed.catch(() => undefined);
    await Promise.race([attached, failed]);
  }
}
