import { watch } from 'node:fs';
import { basename } from 'node:path';
import type { WatchedChange } from '@oh/file-store-core';
import type { HeldDirectory } from './held-directory.ts';
import { lstatIfPresent } from './local-file.ts';

/**
 * Calls `onChange` when an entry of a directory changes: a file, also one that is not there yet, or a directory with what is directly in it; with `gone` when that directory was
 * removed or moved.
 */
export function watchEntry(directory: HeldDirectory, name: string, onChange: (change: WatchedChange) => void): Disposable {
  const isDirectory = lstatIfPresent(directory.entry(name))?.isDirectory() === true;
  const watched = isDirectory ? directory.entry(name) : directory.self;
  const watcher = watch(watched, { persistent: false });
  watcher.on('change', (event, changed) => {
    // What happens to the directory itself is told by the last segment of the path that it is watched by; a file in it with that name does no harm.
    if (event === 'rename' && String(changed) === basename(watched)) {
      onChange('gone');
    } else if (isDirectory || changed === null || String(changed) === name) {
      onChange('changed');
    }
  });
  watcher.on('error', () => {
    watcher.close();
    onChange('gone');
  });
  return { [Symbol.dispose]: () => watcher.close() };
}
