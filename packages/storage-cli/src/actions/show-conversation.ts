import type { ConversationMetadata, ConversationStore } from '@oh/conversation-store';
import { hasErrorCode } from '@oh/file-store-core';
import type { CliContext } from '../cli-context.ts';
import { formatTable } from '../format-table.ts';
import { formatValue } from '../format-value.ts';
import type { StoreOptions } from '../storage/store-options.ts';
import { toJsonLine } from '../to-json-line.ts';
import { noConversationError } from './no-conversation-error.ts';

/** Shows every field of a conversation's record. */
export async function showConversation(context: CliContext, id: string, options: StoreOptions): Promise<void> {
  const { conversations } = await context.openStorage(options);
  const metadata = await readRecord(conversations, id, context.signal);
  const rows = Object.entries(metadata).map(([name, value]) => [name, formatValue(value)]);
  await context.output.write(context.json ? toJsonLine(metadata) : await formatTable(rows));
}

async function readRecord(conversations: ConversationStore, id: string, signal: AbortSignal): Promise<ConversationMetadata> {
  try {
    return await conversations.getMetadata(id, { signal });
  } catch (error) {
    throw hasErrorCode(error, 'not-found') ? noConversationError(id) : error;
  }
}
