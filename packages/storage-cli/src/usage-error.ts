/** The command line itself is wrong: exit code 2. */
export class UsageError extends Error {
  override readonly name: string = 'UsageError';

  /** @param message What is wrong and what to write instead. */
  constructor(message: string) {
    super(`[usage] ${message}`);
  }
}
