/** The command line itself is wrong: exit code 2. */
export class UsageError extends Error {
  override readonly name: string = 'UsageError';
  /** The message without the code that it leads with. */
  readonly reason: string;

  /** @param reason What is wrong and what to write instead. */
  constructor(reason: string) {
    super(`[usage] ${reason}`);
    this.reason = reason;
  }

  /** What an argument was refused for, told as the usage error that it is. */
  static from(error: unknown): UsageError {
    return new UsageError(error instanceof Error ? error.message.replace(/^\[[a-z-]+\] /, '') : String(error));
  }
}
