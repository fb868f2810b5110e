import { FileStoreError, isId } from '@oh/file-store-core';
import { z } from 'zod';

/** A place in the order of a search: that of one conversation, whether it still exists or not. */
export interface PagePosition {
  /** Microseconds since 1970-01-01T00:00:00Z, from `created_at`. */
  readonly instant: bigint;
  /** The id of the conversation. */
  readonly id: string;
}

/** The order of a search: newest first, among equal instants by id. */
export function comparePositions(left: PagePosition, right: PagePosition): number {
  if (left.instant !== right.instant) {
    return left.instant > right.instant ? -1 : 1;
  }
  return left.id === right.id ? 0 : left.id < right.id ? -1 : 1;
}

/** Version of the form, then the instant, which no JSON number holds, then the id. */
const payloadSchema = z.tuple([z.literal(1), z.string().regex(/^-?\d{1,18}$/), z.string().refine(isId)]);

/** Makes an opaque page id, safe in a URL: base64url of the JSON `[1, instant, id]`. */
export function encodePageId({ instant, id }: PagePosition): string {
  return Buffer.from(JSON.stringify([1, String(instant), id])).toString('base64url');
}

/**
 * Reads a page id of {@link encodePageId}.
 *
 * @throws {FileStoreError} `invalid-argument` for anything else.
 */
export function decodePageId(pageId: string): PagePosition {
  const payload = payloadSchema.safeParse(parsePayload(pageId));
  if (payload.success) {
    const [, instant, id] = payload.data;
    const position = { instant: BigInt(instant), id };
    // Base64 and JSON have several spellings for one position; only the one given out is taken.
    if (encodePageId(position) === pageId) {
      return position;
    }
  }
  throw new FileStoreError(
    'invalid-argument',
    'not a page id; pass the next_page_id of a search as it was given, or none for the first page',
  );
}

function parsePayload(pageId: unknown): unknown {
  try {
    return typeof pageId === 'string' ? JSON.parse(Buffer.from(pageId, 'base64url').toString()) : undefined;
  } catch {
    // What is not JSON has no payload: the schema then refuses it like any other.
    return undefined;
  }
}
