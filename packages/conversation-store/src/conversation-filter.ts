import { FileStoreError } from '@oh/file-store-core';
import type { ConversationMetadata } from './conversation-metadata.ts';
import { parseDateTime, toEpochMicros } from './date-time.ts';
import { digestedFields, digestField } from './index-key.ts';

/** Which conversations a search gives: those that meet every condition. A condition left out is none. */
export interface ConversationFilter {
  /** `user_id`; null: nobody's. */
  readonly userId?: string | null | undefined;
  /** `selected_repository`, all of it, as it is spelled; null: without one. */
  readonly repository?: string | null | undefined;
  /** `trigger`; null: without one. */
  readonly trigger?: string | null | undefined;
  /** `git_provider`; null: without one. */
  readonly gitProvider?: string | null | undefined;
  /** A part of `title`, in upper or lower case. */
  readonly title?: string | undefined;
  /** `created_at` at this instant or later: a `Date`, or a datetime as a record has it. */
  readonly createdFrom?: Date | string | undefined;
  /** `created_at` before this instant. */
  readonly createdBefore?: Date | string | undefined;
  /** `last_updated_at`, where there is none `created_at`, at this instant or later. */
  readonly updatedFrom?: Date | string | undefined;
  /** `last_updated_at`, where there is none `created_at`, before this instant. */
  readonly updatedBefore?: Date | string | undefined;
}

/** A {@link ConversationFilter} that was checked. */
export interface RecordFilter {
  /** Whether a record meets every condition. */
  matches(metadata: ConversationMetadata): boolean;
  /** Whether conversations may be passed over, so that more than a page of them has to be looked at. */
  readonly isSelective: boolean;
  /** Whether a record with the digest of an `IndexKey` may match; false only when none does. */
  mayMatch(digest: string): boolean;
  /** The instants of `created_at` that match, in microseconds since 1970; `undefined` where it has no bound. */
  readonly createdFrom: bigint | undefined;
  /** Exclusive. */
  readonly createdBefore: bigint | undefined;
}

/** As {@link ConversationFilter} has them. */
const conditions: Readonly<Record<keyof ConversationFilter, true>> = {
  userId: true,
  repository: true,
  trigger: true,
  gitProvider: true,
  title: true,
  createdFrom: true,
  createdBefore: true,
  updatedFrom: true,
  updatedBefore: true,
};

/**
 * Checks a filter, without I/O.
 *
 * @throws {FileStoreError} `invalid-argument`, naming the condition that is none.
 */
export function parseFilter(filter: ConversationFilter = {}): RecordFilter {
  // One that is misspelt, such as `user_id`, would let the conversations of everybody through.
  const [unknown] = Object.entries(filter).find(([condition, value]) => value !== undefined && !Object.hasOwn(conditions, condition)) ?? [];
  if (unknown !== undefined) {
    const known = Object.keys(conditions).join(', ');
    throw new FileStoreError('invalid-argument', `a filter has no condition ${JSON.stringify(unknown)}; there are ${known}`);
  }
  const createdFrom = toMicros(filter, 'createdFrom');
  const createdBefore = toMicros(filter, 'createdBefore');
  const updatedFrom = toMicros(filter, 'updatedFrom');
  const updatedBefore = toMicros(filter, 'updatedBefore');
  const title = textOf(filter, 'title')?.toLowerCase();
  const exact = exactConditions(filter);
  const matches = (metadata: ConversationMetadata): boolean =>
    exact.every(([field, value]) => (metadata[field] || null) === value) &&
    isWithin(metadata.created_at, createdFrom, createdBefore) &&
    isWithin(metadata.last_updated_at ?? metadata.created_at, updatedFrom, updatedBefore) &&
    (title === undefined || (metadata.title ?? '').toLowerCase().includes(title));
  const digests = exact.map(([field, value]) => [3 * digestedFields.indexOf(field), digestField(value)] as const);
  const mayMatch = (digest: string): boolean => digests.every(([start, expected]) => digest.startsWith(expected, start));
  const isSelective = exact.length > 0 || title !== undefined || updatedFrom !== undefined || updatedBefore !== undefined;
  return { matches, isSelective, mayMatch, createdFrom, createdBefore };
}

type TextCondition = 'userId' | 'repository' | 'trigger' | 'gitProvider' | 'title';
type TimeCondition = 'createdFrom' | 'createdBefore' | 'updatedFrom' | 'updatedBefore';
type ExactField = (typeof digestedFields)[number];

/** As in OpenHands an empty text is none. */
function exactConditions(filter: ConversationFilter): (readonly [ExactField, string | null])[] {
  const fields = [
    ['user_id', 'userId'],
    ['selected_repository', 'repository'],
    ['trigger', 'trigger'],
    ['git_provider', 'gitProvider'],
  ] as const;
  return fields.flatMap(([field, condition]) => (filter[condition] === undefined ? [] : [[field, textOf(filter, condition) || null]]));
}

function textOf(filter: ConversationFilter, condition: TextCondition): string | undefined {
  const value: unknown = filter[condition] ?? undefined;
  if (value === undefined || typeof value === 'string') {
    return value;
  }
  throw invalid(condition, 'a text');
}

function toMicros(filter: ConversationFilter, condition: TimeCondition): bigint | undefined {
  const value: unknown = filter[condition];
  if (value === undefined) {
    return undefined;
  }
  const epochMicros = value instanceof Date ? dateMicros(value) : typeof value === 'string' ? parseDateTime(value)?.epochMicros : undefined;
  if (epochMicros === undefined) {
    throw invalid(condition, 'a Date or a datetime such as 2025-01-16T19:51:04Z');
  }
  return epochMicros;
}

function dateMicros(date: Date): bigint | undefined {
  return Number.isNaN(date.getTime()) ? undefined : BigInt(date.getTime()) * 1000n;
}

function isWithin(datetime: string, from: bigint | undefined, before: bigint | undefined): boolean {
  if (from === undefined && before === undefined) {
    return true;
  }
  const instant = toEpochMicros(datetime);
  return (from === undefined || instant >= from) && (before === undefined || instant < before);
}

function invalid(condition: string, expected: string): FileStoreError {
  return new FileStoreError('invalid-argument', `the condition ${condition} of a filter is ${expected}`);
}
