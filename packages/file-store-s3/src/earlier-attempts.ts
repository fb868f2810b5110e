import { AsyncLocalStorage } from 'node:async_hooks';
import { saysUndone } from './s3-error.ts';

/** The attempts at one change that were made before the last one, with the SDK and without it. */
export class EarlierAttempts {
  /** How many there were. */
  count = 0;
  /** Whether one of them may have been done, although it failed. */
  mayBeDone = false;

  /** Adds one that failed, and will be followed by another one. */
  add(error: unknown): void {
    this.count += 1;
    this.mayBeDone ||= !saysUndone(error);
  }
}

const running = new AsyncLocalStorage<EarlierAttempts>();

/** The attempts of what goes on here. */
export function earlierAttempts(): EarlierAttempts | undefined {
  return running.getStore();
}

/** Counts the attempts of what `action` does together: with those that go on around it, if there are any. */
export async function countAttempts<T>(action: (earlier: EarlierAttempts) => Promise<T>): Promise<T> {
  const around = running.getStore();
  if (around !== undefined) {
    return await action(around);
  }
  const earlier = new EarlierAttempts();
  return await running.run(earlier, () => action(earlier));
}
