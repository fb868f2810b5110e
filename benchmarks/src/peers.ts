import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { FileStorage } from '@flystorage/file-storage';
import { LocalStorageAdapter } from '@flystorage/local-fs';
import { Disk } from 'flydrive';
import { FSDriver } from 'flydrive/drivers/fs';
import { createStorage } from 'unstorage';
import fsDriver from 'unstorage/drivers/fs';
import type { WriteFile } from './numbered-writes.ts';

/** Another library, on one directory. */
export interface Peer {
  readonly name: string;
  /** Its ways to write so that a reader never meets a part: a temporary key, then a rename. */
  readonly atomicWrites: readonly { readonly name: string; readonly write: WriteFile }[];
  /** Reads a whole file as bytes. */
  readonly read: (path: string) => Promise<Uint8Array>;
}

/** The libraries that applications use for files today, each set up as its documentation shows. */
export function peersOf(directory: string): readonly Peer[] {
  return [unstorage(directory), flydrive(directory), flystorage(directory)];
}

function unstorage(base: string): Peer {
  const storage = createStorage({ driver: fsDriver({ base }) });
  return {
    name: 'unstorage fs getItemRaw',
    atomicWrites: [
      {
        name: 'unstorage fs setItemRaw, fs rename',
        write: async (path, contents) => {
          await storage.setItemRaw(`${path}.tmp`, contents);
          await rename(join(base, `${path}.tmp`), join(base, path));
        },
      },
    ],
    read: async (path) => (await storage.getItemRaw<Uint8Array>(path)) ?? new Uint8Array(),
  };
}

function flydrive(location: string): Peer {
  const disk = new Disk(new FSDriver({ location, visibility: 'private' }));
  return {
    name: 'flydrive getBytes',
    atomicWrites: [
      {
        name: 'flydrive put, move (it copies and unlinks)',
        write: async (path, contents) => {
          await disk.put(`${path}.tmp`, contents);
          await disk.move(`${path}.tmp`, path);
        },
      },
      {
        name: 'flydrive put, fs rename',
        write: async (path, contents) => {
          await disk.put(`${path}.tmp`, contents);
          await rename(join(location, `${path}.tmp`), join(location, path));
        },
      },
    ],
    read: (path) => disk.getBytes(path),
  };
}

function flystorage(directory: string): Peer {
  const storage = new FileStorage(new LocalStorageAdapter(directory));
  return {
    name: 'flystorage readToUint8Array',
    atomicWrites: [
      {
        name: 'flystorage write, moveFile',
        write: async (path, contents) => {
          await storage.write(`${path}.tmp`, contents);
          await storage.moveFile(`${path}.tmp`, path);
        },
      },
    ],
    read: (path) => storage.readToUint8Array(path),
  };
}
