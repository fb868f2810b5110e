import type { CliContext } from '../cli-context.ts';
import { formatTable } from '../format-table.ts';
import type { StoreOptions } from '../storage/store-options.ts';
import { toJsonLine } from '../to-json-line.ts';

/** Shows every field of a conversation's record. */
export async function showConversation(context: CliContext, id: string, options: StoreOptions): Promise<void> {
  const { conversations } = await context.openStorage(options);
  const metadata = await conversations.getMetadata(id, { signal: context.signal });
  const rows = Object.entries(metadata).map(([name, value]) => [name, toText(value)]);
  await context.output.write(context.json ? toJsonLine(metadata) : await formatTable(rows));
}

function toText(value: unknown): string {
  if (value === null || value === undefined) {
    return '-';
  }
  return typeof value === 'string' ? value : JSON.stringify(value);
}
