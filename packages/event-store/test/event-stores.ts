import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type FileStore, MemoryFileStore } from '@oh/file-store-core';
import { LocalFileStore } from '@oh/file-store-local';

/** A store for one test, and what removes it. */
export interface OpenedFiles {
  readonly files: FileStore;
  /** Another store over the same files, as another process opens it. */
  readonly reopen: () => FileStore;
  readonly remove: () => Promise<void>;
}

/** Stores that append, and one that does not. */
export const eventFileStores: readonly (readonly [string, () => Promise<OpenedFiles>])[] = [
  ['memory', openMemory],
  ['local disk', openLocal],
  ['memory that does not append', openSegmented],
];

/** A store that does what another does, but does not append. */
export function withoutAppend(files: FileStore): FileStore {
  const capabilities = { ...files.capabilities, append: false };
  return new Proxy(files, {
    get(target, key) {
      const member: unknown = Reflect.get(target, key, target);
      return key === 'capabilities' ? capabilities : typeof member === 'function' ? member.bind(target) : member;
    },
  });
}

async function openSegmented(): Promise<OpenedFiles> {
  const files = withoutAppend(new MemoryFileStore());
  return { files, reopen: () => files, remove: () => files.close() };
}

async function openMemory(): Promise<OpenedFiles> {
  const files = new MemoryFileStore();
  return { files, reopen: () => files, remove: () => files.close() };
}

/** Stores on the local disk. */
export async function openLocal(): Promise<OpenedFiles> {
  const root = await mkdtemp(join(tmpdir(), 'event-store-'));
  const opened: FileStore[] = [];
  const reopen = (): FileStore => {
    const files = new LocalFileStore({ root, durability: 'atomic' });
    opened.push(files);
    return files;
  };
  const remove = async (): Promise<void> => {
    await Promise.all(opened.map((files) => files.close()));
    await rm(root, { recursive: true });
  };
  return { files: reopen(), reopen, remove };
}
