import type { Dirent } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The paths of the files below a directory, without those that somebody removes meanwhile: a store sweeps up what a dead one has left. */
export async function* filesLeftBelow(directory: string): AsyncGenerator<string, void, undefined> {
  for (const entry of await ifLeft<Dirent[]>(() => readdir(directory, { withFileTypes: true }), [])) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) {
      yield* filesLeftBelow(path);
    } else if (entry.isFile()) {
      yield path;
    }
  }
}

/** What a file holds; nothing where somebody has removed it meanwhile. */
export async function readIfLeft(file: string): Promise<Buffer> {
  return await ifLeft<Buffer>(() => readFile(file), Buffer.alloc(0));
}

async function ifLeft<T>(read: () => Promise<T>, nothing: T): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') {
      throw error;
    }
    return nothing;
  }
}
