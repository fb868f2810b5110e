import { createHash } from 'node:crypto';
import { isId } from '@oh/file-store-core';
import type { ConversationMetadata } from './conversation-metadata.ts';
import { toEpochMicros } from './date-time.ts';
import type { PagePosition } from './page-id.ts';

/** What the name of a marker says of a conversation: where it is in the order of a search, and what filters compare. */
export interface IndexKey extends PagePosition {
  /** Three characters for each of {@link digestedFields}, see {@link digestField}. */
  readonly digest: string;
}

/** The fields that a marker can be passed over by, without reading the record. */
export const digestedFields = ['user_id', 'selected_repository', 'trigger', 'git_provider'] as const;

/** The last instant that a datetime of a record can name, 9999-12-31T23:59:59.999999-23:59; the first one leaves 18 digits as well. */
export const latestInstant = 253_402_387_139_999_999n;

const pattern = /^(?<coarse>\d{5})\/(?<fine>\d{2})\/(?<rest>\d{11})-(?<id>[^!]+)!(?<digest>[A-Za-z0-9_-]{12})$/;

/** After every digest, and after the `-` and the `.` of longer ids. */
const afterAll = '~';

/** The key of a record. */
export function toIndexKey(metadata: ConversationMetadata): IndexKey {
  const digest = digestedFields.map((field) => digestField(metadata[field])).join('');
  return { instant: toEpochMicros(metadata.created_at), id: metadata.conversation_id, digest };
}

/** 18 bits of a hash: unequal digests are of unequal values. As in OpenHands an empty text is none. */
export function digestField(value: string | null): string {
  return createHash('sha256')
    .update(value === null || value === '' ? '\0' : value)
    .digest('base64url')
    .slice(0, 3);
}

/**
 * The path of a marker below the list, such as `25167/29/43860295113-c1!m0Fz47DEQpj8`: its byte order is the order of a search, newest first
 * and among equal instants by id.
 *
 * The first directory is of 116 days, the one in it of 28 hours, so that a page reads few and small ones.
 */
export function toIndexPath({ instant, id, digest }: IndexKey): string {
  return `${instantPrefix(instant)}-${id}!${digest}`;
}

/** Comes after the markers of one position and before those of the next one. */
export function afterPosition({ instant, id }: PagePosition): string {
  return `${instantPrefix(instant)}-${id}!${afterAll}`;
}

/** Comes after the markers of an instant, and so before those of all earlier ones. */
export function afterInstant(instant: bigint): string {
  return `${instantPrefix(instant)}-${afterAll}`;
}

/** The key that a path names; `undefined` when it is no marker. */
export function parseIndexPath(path: string): IndexKey | undefined {
  const { coarse, fine, rest, id, digest } = pattern.exec(path)?.groups ?? {};
  if (coarse === undefined || fine === undefined || rest === undefined || digest === undefined || !isId(id)) {
    return undefined;
  }
  return { instant: latestInstant - BigInt(coarse + fine + rest), id, digest };
}

function instantPrefix(instant: bigint): string {
  // A page id can be made to name an instant that no record has.
  const inverted = instant > latestInstant ? 0n : latestInstant - instant;
  const digits = String(inverted).padStart(18, '0').slice(-18);
  return `${digits.slice(0, 5)}/${digits.slice(5, 7)}/${digits.slice(7)}`;
}
