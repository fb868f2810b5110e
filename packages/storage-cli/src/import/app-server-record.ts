import { type ConversationMetadata, conversationMetadataSchema } from '@oh/conversation-store';
import { FileStoreError } from '@oh/file-store-core';
import { parseJson, rawNumber } from '@oh/file-store-core/json';
import type { AppServerDatabase, AppServerRow } from './app-server-database.ts';

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** The id of a conversation as OpenHands has it everywhere but in its database: there it has dashes. */
export function toConversationId(text: string): string {
  return uuid.test(text) ? text.replaceAll('-', '').toLowerCase() : text;
}

/**
 * The record of a conversation of OpenHands 1.x. Columns that our records have no field for are fields of the same name, as `parent_conversation_id` and `tags`;
 * those without a value are left out.
 *
 * @throws {FileStoreError} `corrupt`, naming the conversation and the columns that do not fit.
 */
export function toRecord(row: AppServerRow, { columns, path }: AppServerDatabase): ConversationMetadata {
  const id = toConversationId(String(row['conversation_id']));
  const fields: Record<string, unknown> = {};
  const unfit: string[] = [];
  for (const [name, value] of Object.entries(row)) {
    try {
      fields[name] = toField(value, columns.get(name));
    } catch {
      // The message of a parser may hold what it has read.
      unfit.push(`${name}: cannot be read as ${columns.get(name) || 'a value'}`);
    }
  }
  if (unfit.length > 0) {
    throw unreadable(id, path, unfit);
  }
  const { parent_conversation_id: parent, created_at = fields['last_updated_at'], selected_repository = null, ...others } = fields;
  const parentId = typeof parent === 'string' ? { parent_conversation_id: toConversationId(parent) } : {};
  const parsed = conversationMetadataSchema.safeParse({ ...others, ...parentId, conversation_id: id, selected_repository, created_at });
  if (!parsed.success) {
    throw unreadable(
      id,
      path,
      parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`),
    );
  }
  const { total_tokens, prompt_tokens, completion_tokens } = parsed.data;
  // OpenHands 1.x leaves the sum at 0.
  return { ...parsed.data, total_tokens: total_tokens === 0 ? prompt_tokens + completion_tokens : total_tokens };
}

function unreadable(id: string, path: string, issues: readonly string[]): FileStoreError {
  const what = `the record of conversation ${JSON.stringify(id)} in ${JSON.stringify(path)}`;
  return new FileStoreError('corrupt', `${what} cannot be read: ${issues.join(', ')}`, { path });
}

/** @returns `undefined` for none. */
function toField(value: AppServerRow[string] | undefined, type: string | undefined): unknown {
  if (value === null || value === undefined) {
    return undefined;
  }
  if (typeof value === 'object') {
    throw new TypeError('bytes');
  }
  if (type === 'JSON') {
    return parseJson(String(value)) ?? undefined;
  }
  if (type === 'BOOLEAN' && (value === 0n || value === 1n)) {
    return value === 1n;
  }
  if (type === 'DATETIME') {
    return toInstant(value);
  }
  return typeof value === 'bigint' ? toNumber(value) : value;
}

/** SQLAlchemy writes no offset into SQLite, and OpenHands takes it for UTC. */
function toInstant(value: string | number | bigint): string {
  if (typeof value !== 'string' || !/^\d{4}-/.test(value)) {
    throw new TypeError('no time');
  }
  const text = value.replace(' ', 'T');
  return /T[\d:.]+$/.test(text) ? `${text}Z` : text;
}

function toNumber(value: bigint): unknown {
  const number = Number(value);
  return BigInt(number) === value ? number : rawNumber(String(value));
}
