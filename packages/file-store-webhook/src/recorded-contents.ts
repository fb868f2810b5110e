import { createHash } from 'node:crypto';
import type { KnownChange } from './notice.ts';
import { summarize } from './outgoing-request.ts';

/** What of contents is sent. */
export interface ContentsPolicy {
  /** Whether contents are sent at all. */
  readonly sendsContents: boolean;
  /** Contents with more bytes are not sent, but their size and hash. */
  readonly maxBytes: number;
}

/** What is told of contents that are in hand, which nobody changes any more: core has copied what is the caller's. */
export function recordBytes(bytes: Uint8Array, { sendsContents, maxBytes }: ContentsPolicy): KnownChange {
  return sendsContents && bytes.byteLength <= maxBytes ? { kind: 'written', bytes } : summarize(bytes);
}

/**
 * Contents on their way to a store, of which is kept what is to be told.
 *
 * @param onEnd Called with it when the last chunk has been taken, before the store is told that it was the last.
 */
export async function* recordChunks(
  chunks: AsyncIterable<Uint8Array>,
  { sendsContents, maxBytes }: ContentsPolicy,
  onEnd: (change: KnownChange) => Promise<void>,
): AsyncGenerator<Uint8Array, void, undefined> {
  const hash = createHash('sha256');
  let kept: Uint8Array[] | undefined = sendsContents ? [] : undefined;
  let size = 0;
  for await (const chunk of chunks) {
    size += chunk.byteLength;
    hash.update(chunk);
    if (size > maxBytes) {
      kept = undefined;
    }
    kept?.push(Buffer.from(chunk));
    yield chunk;
  }
  await onEnd(
    kept === undefined ? { kind: 'summarized', size, sha256: hash.digest('hex') } : { kind: 'written', bytes: Buffer.concat(kept, size) },
  );
}
