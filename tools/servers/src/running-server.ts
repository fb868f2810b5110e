/** A server that answers now. */
export interface RunningServer extends AsyncDisposable {
  /** What it is, as `MinIO`. */
  readonly name: string;
  /** Its origin, without a slash at the end. */
  readonly endpoint: string;
  /** A bucket that exists. */
  readonly bucket: string;
  /** What to export so that tests use it: names and values. */
  readonly environment: Readonly<Record<string, string>>;
  /** Kills the server and removes its data, unless it was given by the environment: then nothing happens. */
  stop(): Promise<void>;
}

/** What every kind of server can be asked for. */
export interface ServerSource<S extends RunningServer> {
  /** What it starts, as `MinIO`, or the variable that gives it. */
  readonly name: string;
  /** Whether CI may go without it. */
  readonly optional: boolean;
  /** Why there is no such server here, and what to do about it; `undefined` when there is one. */
  missing(): string | undefined;
  /** The server of the environment, or else a fresh one on loopback. */
  start(): Promise<S>;
}

/** The bucket that a server has when it starts. */
export const bucketName = 'oh-test';
