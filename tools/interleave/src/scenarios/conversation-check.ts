import { type ConversationMetadata, type ConversationMetadataInput, FileConversationStore } from '@oh/conversation-store';
import { type FileStore, hasErrorCode, homeLayout } from '@oh/file-store-core';
import { hasTombstone } from '@oh/file-store-core/tombstones';

/** Opens the conversations; all that happens is of one moment, long after what was there before. */
export function openConversations(files: FileStore, history = 0): FileConversationStore {
  return new FileConversationStore({ files, history, now: () => new Date(Date.UTC(2026, 0, 1)) });
}

/** The record of a conversation, created and changed on a day of January 2025. */
export function recordOf(id: string, day: number): ConversationMetadataInput {
  const time = `2025-01-${String(day).padStart(2, '0')}T00:00:00Z`;
  return { conversation_id: id, selected_repository: null, title: 'new', created_at: time, last_updated_at: time };
}

/** Adds a word to the title of a conversation, unless it is there; what is changed besides. */
export function addWord(word: string, fields: Partial<ConversationMetadataInput> = {}) {
  return (current: ConversationMetadata): ConversationMetadataInput => ({
    ...current,
    ...fields,
    title: withWord(current.title ?? '', word),
  });
}

function withWord(title: string, word: string): string {
  return title.split(' ').includes(word) ? title : `${title} ${word}`;
}

/** What was acknowledged and what may have happened to one conversation, and whether it is so. */
export class ConversationRecord {
  readonly id: string;
  readonly #isThere: boolean;
  readonly #words = new Set<string>();
  #event: string | undefined;
  #isDeleted = false;
  #mayBeDeleted = false;

  /** @param isThere Whether it is before the run. */
  constructor(id: string, isThere = true) {
    this.id = id;
    this.#isThere = isThere;
  }

  /** Makes an update, which may find that the conversation was deleted, or is being deleted. */
  async update(action: () => Promise<ConversationMetadata>, word: string): Promise<void> {
    try {
      await action();
      this.#words.add(word);
    } catch (error) {
      if (!(hasErrorCode(error, 'not-found') || hasErrorCode(error, 'path-conflict'))) {
        throw error;
      }
    }
  }

  /** Writes a file beside the record, if that was acknowledged. */
  async addEvent(write: (path: string) => Promise<unknown>): Promise<void> {
    if (this.#words.size > 0) {
      const path = `conversations/${this.id}/events/0.json`;
      await write(path);
      this.#event = path;
    }
  }

  /** Deletes it. */
  async delete(action: () => Promise<unknown>): Promise<void> {
    this.#mayBeDeleted = true;
    await action();
    this.#isDeleted = true;
  }

  /** Deletes it unless it changes before. @param action Says whether it was deleted. */
  async prune(action: () => Promise<boolean>): Promise<void> {
    this.#mayBeDeleted = true;
    this.#isDeleted = (await action()) || this.#isDeleted;
  }

  /** @throws {Error} When it is not as was acknowledged. */
  async check(files: FileStore): Promise<void> {
    const store = openConversations(files);
    const metadata = await store.getMetadata(this.id).catch((error: unknown) => {
      if (hasErrorCode(error, 'not-found')) {
        return undefined;
      }
      throw error;
    });
    if (metadata === undefined ? !this.#mayBeDeleted && (this.#isThere || this.#words.size > 0) : this.#isDeleted) {
      throw new Error(`${this.id} ${metadata === undefined ? 'is gone, and nobody deleted it' : 'was deleted, and is there'}`);
    }
    const words = metadata?.title?.split(' ');
    const lost = words === undefined ? [] : [...this.#words].filter((word) => !words.includes(word));
    if (lost.length > 0) {
      throw new Error(`${this.id} lacks what was acknowledged: ${lost.join(', ')}; its title is "${metadata?.title}"`);
    }
    if (metadata !== undefined && this.#event !== undefined && !(await files.exists(this.#event))) {
      throw new Error(`${this.#event} is gone, and nobody deleted it`);
    }
  }
}

/** Every conversation that exists is found once, by searches that are repeated, and nothing is left of the others. @param hadFault Then of a deletion that was not ended something may be left. */
export async function checkQuiet(files: FileStore, hadFault: boolean): Promise<void> {
  const store = openConversations(files);
  const directories = (await files.list('conversations')).map((path) => path.slice('conversations/'.length, -1));
  const living: string[] = [];
  for (const id of directories) {
    if (await store.exists(id)) {
      living.push(id);
    }
  }
  for (const refresh of [false, true, false]) {
    const found = (await openConversations(files).search({ refresh })).results.map(({ conversation_id }) => conversation_id).sort();
    if (found.join() !== living.join()) {
      throw new Error(`a search finds ${found.join() || 'nothing'}; there are ${living.join() || 'none'}`);
    }
  }
  if (!hadFault && living.length < directories.length) {
    const left = await Array.fromAsync(files.entries('conversations', { recursive: true }));
    throw new Error(`deleted conversations have left something: ${left.map(({ path }) => path).join(', ')}`);
  }
  await checkNotes(files);
}

/** Two hours later a prune leaves no note of a deletion that was taken back, or never made. */
async function checkNotes(files: FileStore): Promise<void> {
  const { conditions, conditionalDelete = conditions } = files.capabilities;
  await new FileConversationStore({ files, now: () => new Date(Date.UTC(2026, 0, 1, 2)) }).prune({ olderThan: new Date(0) });
  for (const note of conditionalDelete ? await files.list(`${homeLayout.conversationIndex()}/deleting`) : []) {
    if (!(await hasTombstone(files, homeLayout.conversationTombstone(note.slice(note.lastIndexOf('/') + 1))))) {
      throw new Error(`${note} is left, and there is no tombstone`);
    }
  }
}
