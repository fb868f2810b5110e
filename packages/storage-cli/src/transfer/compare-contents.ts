import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { AbortOptions, FileInfo, FileStore, OpenFile } from '@oh/file-store-core';
import { pathIn, type TransferPlace } from './transfer-place.ts';

/** Files up to this size are compared in memory; of larger ones the SHA-256. */
const wholeBytes = 1024 * 1024;

/** What a comparison found. */
export interface Comparison {
  /** Whether size, contents and, as far as the source has them and the target keeps them, content type and metadata are the same. */
  readonly same: boolean;
  /** The version at the source that was compared. */
  readonly from: string;
  /** The version at the target that was compared. */
  readonly to: string;
  /** Whether the two may be one file with two names, as through a mount or in a file system that ignores case: version and time are the same. */
  readonly mayBeOne: boolean;
}

/** A file of a store. */
export interface ComparedFile {
  readonly store: FileStore;
  /** Normalised path in the store. */
  readonly path: string;
}

/** Compares a file at two places byte for byte, in bounded memory. @throws {FileStoreError} `not-found` when it is at one of them no more. */
export async function compareContents(from: TransferPlace, to: TransferPlace, path: string, options: AbortOptions): Promise<Comparison> {
  return await compareFiles({ store: from.store, path: pathIn(from, path) }, { store: to.store, path: pathIn(to, path) }, options);
}

/** Compares two files as {@link compareContents} does; they may have different names. */
export async function compareFiles(from: ComparedFile, to: ComparedFile, { signal }: AbortOptions): Promise<Comparison> {
  const left = await from.store.open(from.path, { signal });
  try {
    const right = await to.store.open(to.path, { signal });
    try {
      const alike = left.info.size === right.info.size && (!to.store.capabilities.metadata || keepsMetadata(left.info, right.info));
      const mayBeOne = left.info.version === right.info.version && left.info.modifiedAt.getTime() === right.info.modifiedAt.getTime();
      return { same: alike && (await haveSameBytes(left, right)), from: left.info.version, to: right.info.version, mayBeOne };
    } finally {
      await right.close();
    }
  } finally {
    await left.close();
  }
}

/** What the source does not say is whatever the target makes of it: servers give a content type to files without one. */
function keepsMetadata(left: FileInfo, right: FileInfo): boolean {
  const isType = left.contentType === undefined || left.contentType === right.contentType;
  return isType && (left.metadata === undefined || isDeepStrictEqual({ ...left.metadata }, { ...right.metadata }));
}

async function haveSameBytes(left: OpenFile, right: OpenFile): Promise<boolean> {
  const compare = left.info.size <= wholeBytes ? (file: OpenFile) => file.bytes() : digest;
  const [a, b] = await Promise.allSettled([compare(left), compare(right)]);
  if (a.status === 'rejected') {
    throw a.reason;
  }
  if (b.status === 'rejected') {
    throw b.reason;
  }
  return Buffer.compare(a.value, b.value) === 0;
}

async function digest(file: OpenFile): Promise<Uint8Array> {
  const hash = createHash('sha256');
  for await (const chunk of file.stream()) {
    hash.update(chunk);
  }
  return hash.digest();
}
