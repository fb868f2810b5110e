import type { FileStore, StorageLayout } from '@oh/file-store-core';
import { interceptFileStore } from '@oh/file-store-core/testing';
import type { ConversationMetadataInput } from '../src/conversation-metadata.ts';
import { FileConversationStore, type FileConversationStoreOptions } from '../src/file-conversation-store.ts';
import { newRecord } from './new-record.ts';

/** A record `seconds` after 2025-01-01. */
export function dated(id: string, seconds: number, fields: Partial<ConversationMetadataInput> = {}): ConversationMetadataInput {
  return newRecord(id, { created_at: Date.parse('2025-01-01T00:00:00Z') / 1000 + seconds, ...fields });
}

/** {@link dated} as it stands in a file. */
export function textOf(id: string, seconds: number, fields: Partial<ConversationMetadataInput> = {}): string {
  return JSON.stringify(dated(id, seconds, fields));
}

/** The ids that a search finds, in its order. */
export async function idsOf(store: FileConversationStore, options: Parameters<FileConversationStore['search']>[0] = {}): Promise<string[]> {
  return (await store.search({ limit: 1000, ...options })).results.map(({ conversation_id }) => conversation_id);
}

/** Conversations and their index in one layout. */
export class IndexPlace {
  /** The directory of the index. */
  readonly index: string;
  readonly #layout: StorageLayout;

  constructor(layout: StorageLayout) {
    this.index = layout.conversationIndex();
    this.#layout = layout;
  }

  /** A store over `files`, as another process opens it. */
  readonly open = (files: FileStore, options: Partial<FileConversationStoreOptions> = {}): FileConversationStore =>
    new FileConversationStore({ files, layout: this.#layout, ...options });

  /** Puts records there as another program does, each a second before the one before. */
  readonly plant = async (files: FileStore, ids: readonly string[], first = 0): Promise<void> => {
    await Promise.all(ids.map((id, at) => files.write(this.#layout.conversationMetadata(id), textOf(id, first - at))));
  };

  /** The paths of what is read by a call, without the state. */
  readonly readsOf = async (files: FileStore, call: (store: FileConversationStore) => Promise<unknown>): Promise<string[]> => {
    const reads: string[] = [];
    const watched = interceptFileStore(files, (operation, path) => {
      if (operation === 'read' && path !== `${this.index}/state.json`) {
        reads.push(String(path));
      }
    });
    await call(this.open(watched));
    return reads;
  };

  /** The paths of the markers by which pages are found. */
  readonly markers = (files: FileStore): Promise<string[]> =>
    Array.fromAsync(files.entries(`${this.index}/created`, { recursive: true }), ({ path }) => path);
}
