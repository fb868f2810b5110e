import type { Readable, Writable } from 'node:stream';
import type { AbortOptions } from '@oh/file-store-core';

/**
 * Asks for a line of text.
 *
 * @returns The line, without its end. @throws The signal's reason; an error when the input ends.
 */
export type Ask = (question: string, options: AskOptions) => Promise<string>;

/** Options of {@link Ask}. */
export interface AskOptions {
  /** Whether what is typed is not shown. */
  readonly hidden: boolean;
  /** Ends the asking. */
  readonly signal: AbortSignal;
}

/**
 * Runs a program with the streams of this one, and waits for its end.
 *
 * @param program What to run, and its arguments.
 * @param env All of its environment.
 * @param options With the signal of the command: aborted, nothing is started. What becomes of a program that runs is up to whoever runs it.
 * @returns Its exit code; 128 and the number of the signal that ended it, as shells count it. @throws When it cannot be started; the reason of the signal.
 */
export type RunProgram = (
  program: readonly [string, ...string[]],
  env: Readonly<Record<string, string | undefined>>,
  options: AbortOptions,
) => Promise<number>;

/** What the command line program touches of the world around it. */
export interface CliIo {
  /** Read by `put` and by what takes secrets. */
  readonly stdin: Readable;
  /** Data. Its end is left to the caller. */
  readonly stdout: Writable;
  /** Errors and notes. Its end is left to the caller. */
  readonly stderr: Writable;
  /** Environment variables: `OH_DEBUG`, and `HOME` for `~`. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The absolute directory that relative locations start from. */
  readonly cwd: string;
  /** Width of the terminal that `stdout` is. Default: it is none, nothing is shortened. */
  readonly columns?: number | undefined;
  /** Asks whoever sits at the terminal that `stdin` is. Default: it is none, and commands that ask need their answers in the command line or in `stdin`. */
  readonly ask?: Ask | undefined;
  /** Runs the program of `secrets run`. Default: it is refused. */
  readonly runProgram?: RunProgram | undefined;
  /** Ends the command, with exit code 130. Default: never. */
  readonly signal?: AbortSignal | undefined;
}
