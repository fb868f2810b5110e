import { hasErrorCode } from '@oh/file-store-core';
import type { FileConversationStore } from '../src/file-conversation-store.ts';
import { newRecord } from './new-record.ts';

/** Creates, changes, moves, deletes and searches the same eight conversations that the other racers do. */
export async function raceConversations(store: FileConversationStore, racer: number, steps: number): Promise<void> {
  for (let step = 0; step < steps; step += 1) {
    const dice = (racer * 7919 + step * 104_729) % 10;
    const id = `c${(racer + step * 3) % 8}`;
    const fields = { selected_repository: `r${(racer + step) % 3}`, created_at: 1_700_000_000 + ((racer * step) % 5) };
    if (dice < 4) {
      await store.saveMetadata(newRecord(id, fields), { recreate: dice === 0 }).catch(acceptDeletion);
    } else if (dice < 7) {
      await store.updateMetadata(id, (current) => ({ ...current, ...fields })).catch(acceptDeletion);
    } else if (dice === 7) {
      await store.deleteMetadata(id);
    } else {
      await store.search({ limit: 3 });
    }
  }
}

/** Another racer has deleted the conversation, or is about to. */
function acceptDeletion(error: unknown): void {
  if (!hasErrorCode(error, 'not-found') && !hasErrorCode(error, 'path-conflict')) {
    throw error;
  }
}
