import { FileStoreError } from '@oh/file-store-core';
import { isJsonValue, maxJsonDepth, withoutUndefined } from '@oh/file-store-core/json';
import type { ConversationMetadata, ConversationMetadataInput } from './conversation-metadata.ts';
import { conversationMetadataSchema } from './conversation-metadata-schema.ts';
import type { ReadableRecord } from './conversation-record.ts';
import { defaultConversationTitle } from './default-title.ts';
import { describeIssues } from './describe-issues.ts';
import { unknownFieldsOf } from './serialize-metadata.ts';

/** The record itself is one level. */
const maxValueDepth = maxJsonDepth - 1;

/** A valid record that somebody wants to save. */
export interface MetadataDraft {
  /** With its defaults. */
  readonly metadata: ConversationMetadata;
  /** Whether `created_at` is only a default. */
  readonly isUndated: boolean;
  /** Whether `title` was left out. */
  readonly isUntitled: boolean;
  /** The fields that this version does not know, in their order. */
  readonly unknownFields: readonly (readonly [string, unknown])[];
}

/**
 * Checks a record to save and fills in the defaults, without I/O.
 *
 * @throws {FileStoreError} `invalid-argument`, naming the fields that do not fit.
 */
export function parseDraft(input: ConversationMetadataInput, now: Date): MetadataDraft {
  const isUndated = input.created_at === undefined;
  const parsed = conversationMetadataSchema.safeParse(isUndated ? { ...input, created_at: now.toISOString() } : input);
  const problems = parsed.success ? [] : [describeIssues(parsed.error)];
  const unknownFields = unknownFieldsOf(input).map(([field, value]) => [field, withoutUndefined(value, maxValueDepth)] as const);
  for (const [field, value] of unknownFields) {
    if (!isJsonValue(value, maxValueDepth)) {
      problems.push(`${field}: expected a JSON value, nested at most ${maxValueDepth} deep`);
    }
  }
  if (parsed.success && problems.length === 0) {
    return { metadata: wellFormed(parsed.data), isUndated, isUntitled: input.title === undefined, unknownFields };
  }
  const message = `conversation "${input.conversation_id}" has no valid record: ${problems.join(', ')}`;
  throw new FileStoreError('invalid-argument', message, { cause: parsed.error });
}

/** The record without halves of characters, such as of an emoji that a title was cut in: OpenHands fails on them when it shows its list of conversations. */
function wellFormed(metadata: ConversationMetadata): ConversationMetadata {
  const texts = Object.entries(metadata).filter((entry): entry is [string, string] => typeof entry[1] === 'string');
  return { ...metadata, ...Object.fromEntries(texts.map(([field, text]) => [field, text.toWellFormed()])) };
}

/** Puts a draft in the place of the stored record: what the draft does not speak of is kept. */
export function mergeDraft(draft: MetadataDraft, stored: ReadableRecord | undefined): Omit<ReadableRecord, 'kind' | 'owner'> {
  const { conversation_id } = draft.metadata;
  const created_at = draft.isUndated && stored !== undefined ? stored.metadata.created_at : draft.metadata.created_at;
  const kept = stored === undefined ? defaultConversationTitle(conversation_id) : stored.metadata.title;
  const title = draft.isUntitled ? kept : draft.metadata.title;
  const unknownFields = [...new Map([...(stored?.unknownFields ?? []), ...draft.unknownFields])];
  return { metadata: { ...draft.metadata, ...Object.fromEntries(unknownFields), created_at, title }, unknownFields };
}
