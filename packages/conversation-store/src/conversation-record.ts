import { FileStoreError } from '@oh/file-store-core';
import { parseJson } from '@oh/file-store-core/json';
import type { ConversationMetadata } from './conversation-metadata.ts';
import { conversationMetadataSchema } from './conversation-metadata-schema.ts';
import { describeIssues } from './describe-issues.ts';
import { unknownFieldsOf } from './serialize-metadata.ts';

/** A record that can be read. */
export interface ReadableRecord {
  readonly kind: 'readable';
  /** The record, with the id of its directory. */
  readonly metadata: ConversationMetadata;
  /** Its `user_id`; nobody's when `undefined`. */
  readonly owner: string | undefined;
  /** The fields that this version does not know, just as they are stored. */
  readonly unknownFields: readonly (readonly [string, unknown])[];
}

/** A record that is there and cannot be read. */
export interface UnreadableRecord {
  readonly kind: 'unreadable';
  /** Names the conversation and the file: `corrupt`, or the code of what failed when the file was read. */
  readonly error: FileStoreError;
  /** Its `user_id`, when that much can be read. */
  readonly owner: string | undefined;
}

/** What stands in a `metadata.json`. */
export type ConversationRecord = ReadableRecord | UnreadableRecord;

/** Which record is meant. */
export interface RecordAddress {
  /** The id of the conversation, which is the name of its directory. */
  readonly id: string;
  /** The file with the record. */
  readonly path: string;
}

/**
 * Reads the text of a record; whatever is wrong with the text is told, not thrown.
 *
 * The directory names the conversation: the `conversation_id` of the result is the id of the address, also where a directory
 * was copied and the record within still has the old one.
 */
export function parseRecord(text: string, address: RecordAddress): ConversationRecord {
  let json: unknown;
  try {
    json = parseJson(text);
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) {
      throw cause;
    }
    return unreadableRecord(address, 'it is not JSON', cause);
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    return unreadableRecord(address, 'it is not a JSON object');
  }
  const owner = ownerOf(json);
  const parsed = conversationMetadataSchema.safeParse(json);
  if (!parsed.success) {
    return { ...unreadableRecord(address, describeIssues(parsed.error), parsed.error), owner };
  }
  const metadata = { ...parsed.data, conversation_id: address.id };
  return { kind: 'readable', metadata, owner, unknownFields: unknownFieldsOf(json) };
}

/** The result for a record that cannot be read at all. */
export function unreadableRecord(address: RecordAddress, why: string, cause?: unknown): UnreadableRecord {
  const message = `${cannotBeRead(address)}: ${why}; repair the file or delete the conversation`;
  return { kind: 'unreadable', error: new FileStoreError('corrupt', message, { path: address.path, cause }), owner: undefined };
}

/** The result for a record whose file cannot be read: nothing is known of what stands in it. */
export function closedRecord(address: RecordAddress, cause: FileStoreError): UnreadableRecord {
  const { code, reason, retryable } = cause;
  // Stores mostly name the file themselves.
  const what = reason.includes(address.path) ? `the record of conversation "${address.id}" cannot be read` : cannotBeRead(address);
  const error = new FileStoreError(code, `${what}: ${reason}`, { path: address.path, cause, retryable });
  return { kind: 'unreadable', error, owner: undefined };
}

function cannotBeRead({ id, path }: RecordAddress): string {
  return `the record of conversation "${id}" at "${path}" cannot be read`;
}

/** As in OpenHands an empty `user_id` is none. */
function ownerOf(record: object): string | undefined {
  const owner: unknown = 'user_id' in record ? record.user_id : undefined;
  return typeof owner === 'string' && owner !== '' ? owner : undefined;
}
