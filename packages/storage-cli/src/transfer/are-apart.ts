import { randomUUID } from 'node:crypto';
import { join } from 'node:path/posix';
import type { AbortOptions } from '@oh/file-store-core';
import { versionOf } from './copy-file.ts';
import { recordDirectory } from './list-files.ts';
import { pathIn, type TransferPlace } from './transfer-place.ts';

/** Longest time in milliseconds that its file may take to be deleted: whoever has pressed Ctrl-C waits for that. */
const cleanupMs = 5000;

/**
 * Whether of two directories of different stores neither is the other, nor lies in it. They may be one, as where a bucket has two names, or is mounted: what is
 * written to the one is there in the other.
 *
 * It writes a file below {@link recordDirectory}, and deletes it: neither names nor versions tell, since those of a server may come from the contents alone.
 */
export async function areApart(from: TransferPlace, to: TransferPlace, { signal }: AbortOptions): Promise<boolean> {
  const name = `${recordDirectory}/apart-${randomUUID()}`;
  try {
    await to.store.write(pathIn(to, name), '', { signal });
    for (const directory of [...insides(from.path, to.path), ...ancestors(from.path)]) {
      if ((await versionOf({ store: from.store, path: directory }, name, { signal })) !== undefined) {
        return false;
      }
    }
    return true;
  } finally {
    // Also after an abort, which may have come when it was there already. Where it may not be deleted it stays: no transfer looks at it.
    await to.store.delete(pathIn(to, name), { signal: AbortSignal.timeout(cleanupMs) }).catch(() => undefined);
  }
}

/** Where a directory of another store would be in `directory`: it ends as its path there does. The first is the directory itself. */
function insides(directory: string, other: string): readonly string[] {
  const names = other === '' ? [] : other.split('/');
  return [directory, ...names.map((_, index) => join(directory, ...names.slice(index)))];
}

function ancestors(directory: string): readonly string[] {
  const names = directory === '' ? [] : directory.split('/');
  return names.map((_, index) => names.slice(0, index).join('/'));
}
