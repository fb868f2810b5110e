import type { CliContext } from '../cli-context.ts';
import type { StoreOptions } from '../storage/store-options.ts';
import { writeExport } from '../write-export.ts';
import { exportConversation } from './conversation-bundle.ts';
import { openForOwner } from './find-events.ts';

/** Writes a conversation, its record and its events, as a bundle to a file or to the standard output. */
export async function exportConversationTo(context: CliContext, id: string, file: string, options: StoreOptions): Promise<void> {
  const { signal } = context;
  const storage = await context.openStorage(options);
  // Before a file is begun: that there is no such conversation is told at once.
  const metadata = await storage.conversations.getMetadata(id, { signal });
  const { events } = await openForOwner(context, storage, metadata.user_id, options);
  await writeExport(context, file, `${id}.jsonl`, exportConversation(metadata, events(id), { signal }));
}
