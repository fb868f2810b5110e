import type { CliContext } from '../cli-context.ts';
import { formatTable } from '../format-table.ts';
import { toJsonLine } from '../to-json-line.ts';
import type { ConversationOptions } from './conversation-options.ts';
import { openConversations } from './open-conversations.ts';

/** Shows every field of a conversation's record. */
export async function showConversation(context: CliContext, id: string, options: ConversationOptions): Promise<void> {
  const conversations = await openConversations(context, options);
  const metadata = await conversations.getMetadata(id, { signal: context.signal });
  const rows = Object.entries(metadata).map(([name, value]) => [name, toText(value)]);
  await context.output.write(options.json === true ? toJsonLine(metadata) : await formatTable(rows));
}

function toText(value: unknown): string {
  if (value === null || value === undefined) {
    return '-';
  }
  return typeof value === 'string' ? value : JSON.stringify(value);
}
