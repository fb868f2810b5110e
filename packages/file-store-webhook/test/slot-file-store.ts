import { type FileStoreCapabilities, MemoryFileStore } from '@oh/file-store-core';

/** A store in memory that cannot append, as object stores cannot. */
export class SlotFileStore extends MemoryFileStore {
  override get capabilities(): FileStoreCapabilities {
    return { ...super.capabilities, append: false };
  }
}
