import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { LocalFileStore } from '@oh/file-store-local';
import type { FileState, Files } from './scenario.ts';

/** What a root holds, by plain calls and by a new store. */
export interface RootState {
  readonly files: Files;
  /** What a new store could not do, or left behind; none is as it should be. */
  readonly complaints: readonly string[];
}

/** Where a store keeps what is not visible yet. */
const temporaryDirectory = '.oh-tmp';

/** What no listing of a store shows. */
const reserved = /^\.oh-(?:tmp|metadata)\//;

/** Empty files that stay for the next store which locks the same path; a store that is not killed removes them. */
const lockName = /^lock-\d+$/;

/** Looks at every file, then lets a new store read them all, write one and close. */
export async function inspectRoot(root: string): Promise<RootState> {
  const complaints: string[] = [];
  const paths = existsSync(root) ? plainFiles(root) : [];
  const store = new LocalFileStore({ root, durability: 'atomic' });
  const files: Record<string, FileState> = {};
  try {
    for (const path of paths) {
      const contents = readFileSync(join(root, path), 'utf8');
      const { contentType, metadata } = await store.stat(path);
      files[path] = { contents, contentType, metadata };
      if ((await store.read(path)) !== contents) {
        complaints.push(`a new store reads ${path} as something else than is there`);
      }
    }
    await store.write('by/new-store', 'new');
    if ((await store.read('by/new-store')) !== 'new') {
      complaints.push('a new store does not read what it wrote');
    }
    await store.close();
  } catch (error) {
    complaints.push(`a new store fails: ${String(error)}`);
  }
  const left = orphans(root);
  if (left.length > 0) {
    complaints.push(`a new store leaves ${left.join(', ')} in ${temporaryDirectory}`);
  }
  return { files, complaints };
}

function orphans(root: string): string[] {
  const directory = join(root, temporaryDirectory);
  return existsSync(directory) ? readdirSync(directory).filter((name) => !lockName.test(name)) : [];
}

function plainFiles(root: string): string[] {
  const entries = readdirSync(root, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => relative(root, join(entry.parentPath, entry.name)));
  return paths.filter((path) => !reserved.test(path)).sort();
}
