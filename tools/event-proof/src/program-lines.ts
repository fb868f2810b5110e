import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** A program run by this Node, of which every printed line is handed over as soon as it is read. */
export class ProgramLines {
  readonly #child: ChildProcess;
  readonly #closed: Promise<unknown>;

  constructor(program: URL, args: readonly string[], onLine: (line: string) => void) {
    this.#child = spawn(process.execPath, [...process.execArgv, fileURLToPath(program), ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
    this.#closed = once(this.#child, 'close');
    let rest = '';
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      lines.forEach(onLine);
    });
  }

  /** SIGKILL. */
  kill(): void {
    this.#child.kill('SIGKILL');
  }

  /** Resolves when it has ended and all it printed has been read. @returns Its exit code; `null` when it was killed. */
  async closed(): Promise<number | null> {
    await this.#closed;
    return this.#child.exitCode;
  }
}
