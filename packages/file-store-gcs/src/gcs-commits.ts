import { FileStoreError, type WriteCondition } from '@oh/file-store-core';
import type { GcsClient } from './gcs-client.ts';
import { GcsFailure, withDetails } from './gcs-failure.ts';
import { type GcsObject, isGeneration } from './gcs-object.ts';
import type { GcsObjects } from './gcs-objects.ts';
import type { WriteMark } from './write-mark.ts';

/** An object that is to be made or replaced. */
export interface Change {
  readonly path: string;
  readonly key: string;
  readonly condition: WriteCondition;
  readonly signal: AbortSignal | undefined;
}

/**
 * Makes objects in such a way that trying again is safe, and that who wins knows it.
 *
 * - A conditional change is repeated as it is. When it then meets an object, its mark tells whether that is its own earlier success.
 * - An unconditional one is sent as such once. Repeated, it is conditional upon what was found before: it never replaces a file that
 *   somebody wrote after that.
 */
export class GcsCommits {
  readonly #client: GcsClient;
  readonly #objects: GcsObjects;

  constructor(client: GcsClient, objects: GcsObjects) {
    this.#client = client;
    this.#objects = objects;
  }

  /** The mark of a first attempt. @throws {FileStoreError} `version-mismatch` for what can be no version. */
  begin({ path, condition }: Change): WriteMark {
    const { ifAbsent, ifVersion } = condition;
    if (ifVersion !== undefined && !isGeneration(ifVersion)) {
      throw lost(path, condition);
    }
    return { id: crypto.randomUUID(), replaced: ifAbsent === true ? '0' : ifVersion };
  }

  /**
   * Makes an object.
   *
   * @param attempt Makes it under the condition that generation `mark.replaced` is there, and stores the mark with it.
   * @throws {FileStoreError} `already-exists`, `version-mismatch`; `unavailable` when nobody can tell whether it was made.
   * @throws {GcsFailure}
   */
  async run(change: Change, attempt: (mark: WriteMark) => Promise<GcsObject>): Promise<GcsObject> {
    let mark = this.begin(change);
    const isConditional = mark.replaced !== undefined;
    let mayBeMade = false;
    try {
      return await this.#client.retry(change.signal, async (before) => {
        if (before > 0 && !isConditional) {
          const current = await this.#objects.find(change.key, change.signal);
          if (current?.mark?.id === mark.id) {
            return current;
          }
          mark = { id: mark.id, replaced: current?.generation ?? '0' };
        }
        try {
          return await attempt(mark);
        } catch (error) {
          mayBeMade ||= error instanceof GcsFailure && error.mayHaveHappened;
          throw error instanceof GcsFailure && error.status === 412 && !isConditional ? overtaken(error) : error;
        }
      });
    } catch (error) {
      if (error instanceof GcsFailure) {
        return await this.settle(error, change, mark, mayBeMade);
      }
      throw error;
    }
  }

  /**
   * Decides what the failure of the last attempt means.
   *
   * @param mayBeMade Whether one of the attempts may have made the object all the same.
   * @returns The object, when it was made.
   */
  async settle(error: GcsFailure, change: Change, mark: WriteMark, mayBeMade: boolean): Promise<GcsObject> {
    // A lost condition may be one that was met before, also where nothing here has sent the request twice.
    const current = mayBeMade || error.status === 412 ? await this.#lookAfter(error, change) : undefined;
    if (current?.mark?.id === mark.id) {
      return current;
    }
    if (error.status !== 412) {
      throw withDetails(error, { mayHaveHappened: mayBeMade });
    }
    // Of all that are conditional upon one generation a single one succeeds, and upon none one until it is deleted: that is there, and it is another.
    throw mayBeMade && current?.mark?.replaced !== mark.replaced ? undecided(change.path, error) : lost(change.path, change.condition);
  }

  /** What is there after a failure: one look at a service that has failed up to the last attempt. */
  async #lookAfter(failure: GcsFailure, { key, signal }: Change): Promise<GcsObject | undefined> {
    const find = (): Promise<GcsObject | undefined> => this.#objects.find(key, signal);
    try {
      return await (failure.isRetryable ? find() : this.#client.retry(signal, find));
    } catch (error) {
      if (!(error instanceof GcsFailure)) {
        throw error;
      }
      throw withDetails(failure.status === 412 ? error : failure, { mayHaveHappened: true });
    }
  }
}

/** The error of a change whose condition did not hold. */
export function lost(path: string, { ifAbsent }: WriteCondition): FileStoreError {
  return ifAbsent === true
    ? new FileStoreError('already-exists', `${JSON.stringify(path)} is already there`, { path })
    : new FileStoreError('version-mismatch', `${JSON.stringify(path)} has another version, or is missing`, { path });
}

/** The error of a write whose answer was lost, after which somebody else changed the file too. */
function undecided(path: string, cause: GcsFailure): FileStoreError {
  const message =
    `the answer to a write of ${JSON.stringify(path)} was lost, and the file has been changed again since, or was another one before: ` +
    'whether the write took effect is not known; read the file before you go on';
  return new FileStoreError('unavailable', message, { path, cause, retryable: false });
}

/** Somebody wrote between the look and the repeated write: look again. */
function overtaken(cause: GcsFailure): GcsFailure {
  return new GcsFailure('others keep writing it', { status: 429, isRetryable: true, mayHaveHappened: false, cause });
}
