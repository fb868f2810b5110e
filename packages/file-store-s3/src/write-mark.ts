import type { WriteCondition } from '@oh/file-store-core';

/**
 * Who wrote an object, and in place of what: tells a writer whose answer got lost whether it was itself that won.
 *
 * Kept in the object's metadata as `<id>/<ETag replaced>`, with `<id>/` for a new file, or as `<id>` where it replaced whatever was there.
 */
export interface WriteMark {
  /** Of one call of the store. */
  readonly id: string;
  /** The version that the write was conditional upon, `''` for none; `undefined` when it was under no condition. */
  readonly replaced: string | undefined;
}

/** The mark of a write that begins. */
export function newMark({ ifAbsent, ifVersion }: WriteCondition): WriteMark {
  return { id: crypto.randomUUID(), replaced: ifAbsent === true ? '' : ifVersion };
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
