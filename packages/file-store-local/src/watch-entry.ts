import { watch } from 'node:fs';
import type { HeldDirectory } from './held-directory.ts';
import { lstatIfPresent } from './local-file.ts';

/** Calls `onChange` when an entry of a directory changes: a file, also one that is not there yet, or a directory with what is directly in it. */
export function watchEntry(directory: HeldDirectory, name: string, onChange: () => void): Disposable {
  const isDirectory = lstatIfPresent(directory.entry(name))?.isDirectory() === true;
  const watcher = watch(isDirectory ? directory.entry(name) : directory.self, { persistent: false });
  watcher.on('change', (_event, changed) => {
    if (isDirectory || changed === null || String(changed) === name) {
      onChange();
    }
  });
  watcher.on('error', () => {
    watcher.close();
    onChange();
  });
  return { [Symbol.dispose]: () => watcher.close() };
}
