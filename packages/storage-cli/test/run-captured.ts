import { Readable, Writable } from 'node:stream';
import type { Ask, RunProgram, StoreScheme } from '../src/index.ts';
import { runCli } from '../src/index.ts';

/** What a run wrote and how it ended. */
export interface CapturedRun {
  readonly exitCode: number;
  readonly bytes: Buffer;
  readonly stdout: string;
  readonly stderr: string;
}

/** What a captured run is given. */
export interface RunOptions {
  readonly stdin?: Readable | string | undefined;
  readonly stdout?: Writable | undefined;
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  readonly cwd?: string | undefined;
  readonly columns?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly ask?: Ask | undefined;
  readonly runProgram?: RunProgram | undefined;
  readonly schemes?: Readonly<Record<string, StoreScheme>> | undefined;
}

/** Runs the program in this process and captures what it writes. */
export async function runCaptured(argv: readonly string[], options: RunOptions = {}): Promise<CapturedRun> {
  const { stdin = '', env = {}, cwd = '/', columns, signal, schemes, ask, runProgram } = options;
  const stdout = new Capture();
  const stderr = new Capture();
  const source = typeof stdin === 'string' ? Readable.from([Buffer.from(stdin)]) : stdin;
  const io = { stdin: source, stdout: options.stdout ?? stdout, stderr, env, cwd, columns, signal, ask, runProgram };
  const exitCode = await runCli(argv, io, { schemes });
  return { exitCode, bytes: stdout.bytes, stdout: stdout.bytes.toString(), stderr: stderr.bytes.toString() };
}

class Capture extends Writable {
  readonly #chunks: Buffer[] = [];

  get bytes(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#chunks.push(Buffer.from(chunk));
    done();
  }
}
