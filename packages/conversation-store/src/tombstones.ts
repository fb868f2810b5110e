import { type AbortOptions, type FileStore, FileStoreError, hasErrorCode } from '@oh/file-store-core';
import { parseJson } from '@oh/file-store-core/json';
import type { RecordAddress } from './conversation-record.ts';
import type { ConversationScope } from './conversation-scope.ts';

/** What is left of a conversation that was deleted. */
export interface Tombstone {
  /** Whose it was; nobody's when `undefined`. */
  readonly owner: string | undefined;
  /** The version of its file. */
  readonly version: string;
}

/**
 * The files that say which conversations were deleted.
 *
 * A tombstone is the deletion: from then on the conversation does not exist, and nothing is saved for it, though its files are still being
 * removed. It outlasts them, so that whoever still has the conversation in mind cannot bring it back.
 */
export class Tombstones {
  readonly #files: FileStore;
  readonly #scope: ConversationScope;
  readonly #now: () => Date;

  constructor(files: FileStore, scope: ConversationScope, now: () => Date) {
    this.#files = files;
    this.#scope = scope;
    this.#now = now;
  }

  /** Whether the conversation was deleted. */
  async has(id: string, options: AbortOptions): Promise<boolean> {
    return await this.#files.exists(this.#scope.tombstoneOf(id), { signal: options.signal });
  }

  /** @throws {FileStoreError} `not-found` when the conversation was deleted. */
  async refuse({ id, path }: RecordAddress, options: AbortOptions): Promise<void> {
    if (await this.has(id, options)) {
      const message = `conversation "${id}" was deleted and cannot be saved; saveMetadata with { recreate: true } makes a new one of that id`;
      throw new FileStoreError('not-found', message, { path });
    }
  }

  /** The tombstone; one that is damaged is nobody's. */
  async find(id: string, options: AbortOptions): Promise<Tombstone | undefined> {
    try {
      const file = await this.#files.open(this.#scope.tombstoneOf(id), { signal: options.signal });
      const bytes = await file.bytes();
      return { owner: parseOwner(new TextDecoder().decode(bytes)), version: file.info.version };
    } catch (error) {
      if (hasErrorCode(error, 'not-found')) {
        return undefined;
      }
      throw error;
    }
  }

  /**
   * Deletes a conversation, in name.
   *
   * @returns The version of the new tombstone; `undefined` when it was deleted before.
   */
  async raise(id: string, owner: string | undefined, options: AbortOptions): Promise<string | undefined> {
    try {
      const { version } = await this.#files.write(this.#scope.tombstoneOf(id), this.#textOf(id, owner), {
        ifAbsent: true,
        signal: options.signal,
      });
      return version;
    } catch (error) {
      if (hasErrorCode(error, 'already-exists')) {
        return undefined;
      }
      throw error;
    }
  }

  /** Deletes a conversation, in name, also where a deletion that is not decided has done so: that one can no longer take it back. */
  async insist(id: string, owner: string | undefined, options: AbortOptions): Promise<void> {
    if ((await this.raise(id, owner, options)) === undefined) {
      await this.#files.write(this.#scope.tombstoneOf(id), this.#textOf(id, owner), { signal: options.signal });
    }
  }

  /** Makes a deletion final: who has seen the tombstone before can no longer take it away. @returns False when it is another one by now, or none. */
  async renew(id: string, owner: string | undefined, version: string, options: AbortOptions): Promise<boolean> {
    try {
      // Other bytes than those of `raise`, so that also a version made of the bytes changes.
      await this.#files.write(this.#scope.tombstoneOf(id), `${this.#textOf(id, owner)}\n`, { ifVersion: version, signal: options.signal });
      return true;
    } catch (error) {
      if (hasErrorCode(error, 'version-mismatch')) {
        return false;
      }
      throw error;
    }
  }

  /** Takes a tombstone away, where the store can only when it has the version. @returns Whether it had. */
  async lift(id: string, version: string | undefined, options: AbortOptions): Promise<boolean> {
    const { conditions, conditionalDelete = conditions } = this.#files.capabilities;
    const ifVersion = conditionalDelete ? version : undefined;
    try {
      await this.#files.delete(this.#scope.tombstoneOf(id), { ifVersion, signal: options.signal });
      return true;
    } catch (error) {
      // Somebody else has deleted the conversation in the meantime, or made it anew: theirs is to stay.
      if (hasErrorCode(error, 'version-mismatch')) {
        return false;
      }
      throw error;
    }
  }

  #textOf(id: string, owner: string | undefined): string {
    return JSON.stringify({ conversation_id: id, user_id: owner ?? null, deleted_at: this.#now().toISOString() });
  }
}

function parseOwner(text: string): string | undefined {
  try {
    const json: unknown = parseJson(text);
    const owner: unknown = typeof json === 'object' && json !== null && 'user_id' in json ? json.user_id : undefined;
    return typeof owner === 'string' && owner !== '' ? owner : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) {
      return undefined;
    }
    throw error;
  }
}
