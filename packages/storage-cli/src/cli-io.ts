import type { Readable, Writable } from 'node:stream';

/** What the command line program touches of the world around it. */
export interface CliIo {
  /** Read by `put` only. */
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
  /** Ends the command, with exit code 130. Default: never. */
  readonly signal?: AbortSignal | undefined;
}
