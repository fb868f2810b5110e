/** Work that is measured in a process of its own, so that the memory is that of the work alone. */
export interface Job {
  /** Does a little of the same, so that code is loaded; not measured. */
  readonly warmUp: (directory: string) => Promise<void>;
  /** What is measured, on so many bytes or files. @throws {Error} When the result is wrong and that is cheap to see. */
  readonly run: (directory: string, size: number) => Promise<void>;
  /** Comes after the measurement: throws when the result is wrong, and removes it. */
  readonly check?: (directory: string, size: number) => Promise<void>;
}

/** What a job took. */
export interface JobResult {
  /** What it was done on: bytes or files. */
  readonly size: number;
  readonly seconds: number;
  /** Highest resident memory while it ran less that before it. */
  readonly addedBytes: number;
}
