import { createHash } from 'node:crypto';
import type { WriteCondition } from '@oh/file-store-core';

/**
 * Who wrote an object, and in place of what: tells a writer whose answer got lost whether it was itself that won.
 *
 * Kept in the object's metadata as `<id>/<replaced>`, or as `<id>` where it replaced whatever was there.
 */
export interface WriteMark {
  /** Of one call of the store. */
  readonly id: string;
  /**
   * Stands for the key and its version that the write was conditional upon; `undefined` when it was under no condition. A copy brings its mark along, which
   * then says nothing of what was in its place.
   */
  readonly replaced: string | undefined;
}

/** The mark of a write of this key that begins. */
export function newMark(key: string, { ifAbsent, ifVersion }: WriteCondition): WriteMark {
  const version = ifAbsent === true ? '' : ifVersion;
  return { id: crypto.randomUUID(), replaced: version === undefined ? undefined : digestOf(`${version} ${key}`) };
}

/** As it is kept. */
export function formatMark({ id, replaced }: WriteMark): string {
  return replaced === undefined ? id : `${id}/${replaced}`;
}

/** The reverse of {@link formatMark}. */
export function parseMark(text: string): WriteMark {
  const slash = text.indexOf('/');
  return slash < 0 ? { id: text, replaced: undefined } : { id: text.slice(0, slash), replaced: text.slice(slash + 1) };
}

/** 132 bits in 22 characters. */
function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, 22);
}
