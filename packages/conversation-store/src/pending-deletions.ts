import type { AbortOptions, FileStore } from '@oh/file-store-core';
import type { ConversationScope } from './conversation-scope.ts';

/** The deletions that have begun and not ended, a file each: by them others can end one that was interrupted, and searches pass it over. */
export class PendingDeletions {
  readonly #files: FileStore;
  readonly #scope: ConversationScope;

  constructor(files: FileStore, scope: ConversationScope) {
    this.#files = files;
    this.#scope = scope;
  }

  /** Notes a deletion, before it begins. */
  async begin(id: string, { signal }: AbortOptions): Promise<void> {
    await this.#files.write(this.#fileOf(id), '', { signal });
  }

  /** Notes that a deletion has ended, or was taken back. */
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
