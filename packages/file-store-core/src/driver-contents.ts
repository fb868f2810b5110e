import { types } from 'node:util';
import type { FileContents } from './file-store.ts';
import { FileStoreError } from './file-store-error.ts';

/** Large arrays that no caller has: a store beneath takes them as they are. Copying a small one once more costs less than remembering it. */
const ownArrays = new WeakSet<Uint8Array>();
const minRemembered = 64 * 1024;

/**
 * Contents as a driver takes them: text becomes UTF-8, and bytes are copied, so that what the caller does with its own while the write waits changes nothing.
 *
 * @throws {FileStoreError} `invalid-argument` for text with a lone surrogate, and for memory that was transferred to somebody else.
 */
export function toDriverContents(path: string, contents: FileContents): Uint8Array | AsyncIterable<Uint8Array> {
  if (typeof contents === 'string') {
    if (!contents.isWellFormed()) {
      throw refused(path, `the text for ${JSON.stringify(path)} has a lone surrogate and cannot be stored as UTF-8`);
    }
    return own(Buffer.from(contents));
  }
  if (types.isAnyArrayBuffer(contents)) {
    return own(Buffer.from(new Uint8Array(attached(path, contents))));
  }
  if (ArrayBuffer.isView(contents)) {
    const memory = attached(path, contents.buffer);
    const isOwn = contents instanceof Uint8Array && ownArrays.has(contents);
    return isOwn ? contents : own(Buffer.from(new Uint8Array(memory, contents.byteOffset, contents.byteLength)));
  }
  if (contents instanceof Blob) {
    return contents.stream();
  }
  if (typeof contents === 'object' && contents !== null && Symbol.asyncIterator in contents) {
    return contents;
  }
  throw new TypeError(
    'contents are a string, an ArrayBuffer or a view of one as a Uint8Array, a Blob, a ReadableStream or an async iterable of Uint8Array',
  );
}

function own(bytes: Uint8Array): Uint8Array {
  if (bytes.byteLength >= minRemembered) {
    ownArrays.add(bytes);
  }
  return bytes;
}

/** Memory that was transferred looks empty: a file would be emptied that was to be written. */
function attached<T extends ArrayBufferLike>(path: string, memory: T): T {
  if ('detached' in memory && memory.detached) {
    throw refused(path, `the bytes for ${JSON.stringify(path)} were transferred to somebody else before they were written`);
  }
  return memory;
}

function refused(path: string, message: string): FileStoreError {
  return new FileStoreError('invalid-argument', message, { path });
}
