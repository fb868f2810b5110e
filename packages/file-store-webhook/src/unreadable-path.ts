import { errorCodeOf } from './error-code.ts';
import { isOfOnePath } from './reconcile.ts';

/** A path cannot be looked at, and could not later either. With the code of what was thrown. */
export class UnreadablePath extends Error {
  override readonly name: string = 'UnreadablePath';
  readonly code: string;

  constructor(cause: unknown) {
    super('a path that is to be told cannot be read', { cause });
    this.code = errorCodeOf(cause);
  }
}

/** Throws an {@link UnreadablePath} where something is wrong with the one path that was looked at, else the error itself. */
export function throwUnreadable(error: unknown): never {
  throw isOfOnePath(error) ? new UnreadablePath(error) : error;
}
