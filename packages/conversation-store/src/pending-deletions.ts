import { type AbortOptions, type FileStore, hasErrorCode } from '@oh/file-store-core';
import type { ConversationScope } from './conversation-scope.ts';

/** What stands in the file of a deletion that is not decided yet. */
const undecided = 'undecided';

/** The deletions that have begun and not ended, a file each: by them others can end one that was interrupted, and searches pass it over. */
export class PendingDeletions {
  readonly #files: FileStore;
  readonly #scope: ConversationScope;

  constructor(files: FileStore, scope: ConversationScope) {
    this.#files = files;
    this.#scope = scope;
  }

  /** Notes a deletion, before it begins, that nothing prevents any more: anybody may end it. */
  async begin(id: string, { signal }: AbortOptions): Promise<void> {
    await this.#files.write(this.#fileOf(id), '', { signal });
  }

  /** Notes a deletion, before it begins, that a change of the conversation prevents; one that is noted already stays as it is. */
  async consider(id: string, { signal }: AbortOptions): Promise<void> {
    try {
      await this.#files.write(this.#fileOf(id), undecided, { ifAbsent: true, signal });
    } catch (error) {
      if (!hasErrorCode(error, 'already-exists')) {
        throw error;
      }
    }
  }

  /** Whether a deletion that is noted is only considered. */
  async isUndecided(id: string, { signal }: AbortOptions): Promise<boolean> {
    try {
      return (await this.#files.read(this.#fileOf(id), { signal })) === undecided;
    } catch (error) {
      if (hasErrorCode(error, 'not-found')) {
        return false;
      }
      throw error;
    }
  }

  /** Notes that a deletion has ended. */
  async end(id: string, { signal }: AbortOptions): Promise<void> {
    await this.#files.delete(this.#fileOf(id), { signal });
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
