import { randomUUID } from 'node:crypto';
import { type AbortOptions, type FileStore, hasErrorCode } from '@oh/file-store-core';
import type { ConversationScope } from './conversation-scope.ts';
import { isRefusal } from './is-refusal.ts';

/** What is this old belongs to no write that is under way, and clocks differ by less. */
export const maxWriteMs = 3_600_000;

/**
 * The deletions that have begun and not ended, a file each: by them others can end one that was interrupted, and searches pass it over.
 *
 * One that was taken back leaves its note: somebody may just have begun another deletion, which would not be found when it is interrupted.
 */
export class PendingDeletions {
  readonly #files: FileStore;
  readonly #scope: ConversationScope;
  readonly #now: () => Date;

  constructor(files: FileStore, scope: ConversationScope, now: () => Date) {
    this.#files = files;
    this.#scope = scope;
    this.#now = now;
  }

  /** Notes a deletion, before it begins. */
  async begin(id: string, { signal }: AbortOptions): Promise<void> {
    // Never the same bytes, so that also a version made of the bytes tells a note from the same one written again.
    await this.#files.write(this.#fileOf(id), randomUUID(), { signal });
  }

  /** Notes that a deletion has ended. */
  async end(id: string, { signal }: AbortOptions): Promise<void> {
    await this.#files.delete(this.#fileOf(id), { signal });
  }

  /**
   * Removes a note without a tombstone, unless that may yet come.
   *
   * Nothing is removed where the store cannot delete under a condition: then it could be the note of a deletion that begins at that moment. Where nothing may
   * be removed, the note does no harm.
   */
  async discard(id: string, { signal }: AbortOptions): Promise<void> {
    const { conditions, conditionalDelete = conditions } = this.#files.capabilities;
    if (!conditionalDelete) {
      return;
    }
    try {
      const { modifiedAt, version } = await this.#files.stat(this.#fileOf(id), { signal });
      if (this.#now().getTime() - modifiedAt.getTime() > maxWriteMs) {
        await this.#files.delete(this.#fileOf(id), { ifVersion: version, signal });
      }
    } catch (error) {
      if (!(hasErrorCode(error, 'not-found') || hasErrorCode(error, 'version-mismatch') || isRefusal(error))) {
        throw error;
      }
    }
  }

  /** The ids of conversations whose deletion has begun, as the last segments of paths: whoever wrote there may have written anything. */
  async list({ signal }: AbortOptions): Promise<readonly string[]> {
    const paths = await this.#files.list(this.#directory, { signal });
    return paths.map((path) => path.slice(path.lastIndexOf('/') + 1));
  }

  get #directory(): string {
    return `${this.#scope.bookkeeping}/deleting`;
  }

  #fileOf(id: string): string {
    return `${this.#directory}/${id}`;
  }
}
