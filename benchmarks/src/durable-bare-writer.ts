import { open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { bareWrite } from './bare-write.ts';
import { SharedSync } from './shared-sync.ts';

/** Writes durable files with bare calls; writers to one directory share its fsyncs. */
export class DurableBareWriter {
  readonly #directorySyncs = new Map<string, SharedSync>();

  /** Opens a new temporary file, writes, fsyncs, closes, renames, fsyncs the directory. */
  async write(target: string, contents: Uint8Array): Promise<void> {
    await bareWrite(target, contents, (file) => file.sync());
    await this.#syncOf(dirname(target)).run();
  }

  #syncOf(directory: string): SharedSync {
    const known = this.#directorySyncs.get(directory);
    if (known !== undefined) {
      return known;
    }
    const sync = new SharedSync(() => syncDirectory(directory));
    this.#directorySyncs.set(directory, sync);
    return sync;
  }
}

/** Makes the names in a directory durable. */
export async function syncDirectory(directory: string): Promise<void> {
  await using handle = await open(directory);
  await handle.sync();
}
