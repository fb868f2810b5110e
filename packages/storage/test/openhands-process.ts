import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { findPython } from '@oh-tools/programs';

const script = fileURLToPath(new URL('openhands-stores.py', import.meta.url));

/** A Python that has OpenHands; `undefined` where there is none. */
export const openHandsPython: string | undefined = findPython(
  'import fcntl, pydantic; from importlib.metadata import version; assert version("openhands-ai") == "0.62.0"',
);

/** The stores of OpenHands, in a process of their own. */
export class OpenHandsProcess implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #answers: AsyncIterator<string>;

  constructor(python: string) {
    const child = spawn(python, [script], { stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, LOG_LEVEL: 'ERROR' } });
    this.#child = child;
    this.#answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  }

  /** Calls a method of `Stores` in the script. */
  async call(name: string, fields: Readonly<Record<string, unknown>>): Promise<unknown> {
    this.#child.stdin?.write(`${JSON.stringify([name, fields])}\n`);
    const { value, done } = await this.#answers.next();
    if (done === true) {
      throw new Error(`OpenHands failed at ${name}; its reason stands above`);
    }
    return JSON.parse(value);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#child, 'close');
    this.#child.stdin?.end();
    await closed;
  }
}
