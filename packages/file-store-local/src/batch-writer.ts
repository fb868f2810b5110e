import type { DriverWriteOptions, FileInfo, Slots } from '@oh/file-store-core';
import type { FilePublisher } from './file-publisher.ts';
import { toInfo } from './local-file.ts';
import type { LocalRoot } from './local-root.ts';
import { metadataOf } from './local-writer.ts';
import type { ProcessLocks } from './process-locks.ts';
import type { BatchMember } from './write-batch.ts';

/** What {@link BatchWriter} works with. */
export interface BatchWriterOptions {
  readonly root: LocalRoot;
  /** It makes neither contents nor metadata durable. */
  readonly publisher: FilePublisher;
  readonly locks: ProcessLocks;
  /** How much is done at once; who waits for others of the batch takes no part in that. */
  readonly slots: Slots;
}

/** Writes files as `LocalWriter` does, with the flushes of their batch in place of an fsync of each file and of each directory. */
export class BatchWriter {
  readonly #options: BatchWriterOptions;

  constructor(options: BatchWriterOptions) {
    this.#options = options;
  }

  /** Writes a whole file, see `FileStoreDriver.write`: its contents are durable before it has its name, and the name is when it returns. */
  async write(path: string, contents: Uint8Array, options: DriverWriteOptions, batch: BatchMember): Promise<FileInfo> {
    const { root, publisher, locks, slots } = this.#options;
    const { signal } = options;
    const operation = { path, signal };
    const target = root.locate(path);
    const kept = metadataOf(options);
    const file = await slots.run(signal, () => publisher.prepare(operation, contents, kept));
    try {
      await batch.flush();
      await slots.run(signal, () => locks.run([path], signal, () => publisher.publish(operation, target, file, options)));
    } catch (error) {
      await publisher.discard(operation, file);
      throw error;
    }
    await batch.flush();
    return { ...toInfo(path, file.stats), ...kept };
  }
}
