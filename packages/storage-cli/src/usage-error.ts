/** The command line itself is wrong: exit code 2. */
export class UsageError extends Error {
  override readonly name: string = 'UsageError';

  /** @param message What is wrong and what to write instead. */
  constructor(message: string) {
    super(`[usage] ${message}`);
  }

  /** What an argument was refused for, told as the usage error that it is. */
  static from(error: unknown): UsageError {
    return new UsageError(error instanceof Error ? error.message.replace(/^\[[a-z-]+\] /, '') : String(error));
  }
}
