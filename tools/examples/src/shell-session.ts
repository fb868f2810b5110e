import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';

/** How a command ended, and what it wrote to standard output and error, in that order in which it did. */
export interface CommandResult {
  readonly exitCode: number;
  readonly output: string;
}

const endMark = /\0(\d+)\0$/;

/** A shell that is given one command after another, as at a terminal: variables and the working directory stay. */
export class ShellSession implements AsyncDisposable {
  readonly #shell: ChildProcessByStdio<Writable, Readable, null>;
  readonly #chunks: AsyncIterator<string>;

  /** @param env The whole environment; its `HOME` is the working directory. */
  constructor(env: Readonly<Record<string, string>>) {
    this.#shell = spawn('bash', ['--noprofile', '--norc'], { cwd: env['HOME'], env, stdio: ['pipe', 'pipe', 'inherit'], detached: true });
    this.#chunks = this.#shell.stdout.setEncoding('utf8')[Symbol.asyncIterator]();
  }

  /** Runs a command to its end, with an empty standard input. */
  async run(command: string): Promise<CommandResult> {
    this.#shell.stdin.write(`eval ${quote(command)} </dev/null 2>&1\nprintf '\\0%s\\0' "$?"\n`);
    let text = '';
    // A NUL is nothing that a command of a document prints.
    let end = endMark.exec(text);
    while (end === null) {
      const { done, value } = await this.#chunks.next();
      if (done === true) {
        throw new Error(`the shell ended in "${command}": ${text}`);
      }
      text += value;
      end = endMark.exec(text);
    }
    return { exitCode: Number(end[1]), output: text.slice(0, end.index).trimEnd() };
  }

  /** Kills the shell, and what it may still be running. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#shell.pid === undefined || this.#shell.exitCode !== null) {
      return;
    }
    const closed = once(this.#shell, 'exit');
    process.kill(-this.#shell.pid, 'SIGKILL');
    await closed;
  }
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
