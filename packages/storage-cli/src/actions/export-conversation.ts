import type { CliContext } from '../cli-context.ts';
import type { StoreOptions } from '../storage/store-options.ts';
import { writeExport } from '../write-export.ts';
import { exportConversation } from './conversation-bundle.ts';

/** Writes a conversation, its record and its events, as a bundle to a file or to the standard output. */
export async function exportConversationTo(context: CliContext, id: string, file: string, options: StoreOptions): Promise<void> {
  const { signal } = context;
  const storage = await context.openStorage(options);
  // Before a file is begun: that there is no such conversation is told at once.
  await storage.conversations.getMetadata(id, { signal });
  await writeExport(context, file, `${id}.jsonl`, exportConversation(storage, id, { signal }));
}
