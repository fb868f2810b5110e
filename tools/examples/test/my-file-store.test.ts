import { MemoryFileStore } from '@oh/file-store-core';

/** Stands for somebody's store. */
class MyFileStore extends MemoryFileStore {
  readonly bucket: string;

  constructor(bucket: string) {
    super();
    this.bucket = bucket;
  }
}

let buckets = 0;

async function freshBucket(): Promise<string> {
  buckets += 1;
  return `bucket-${buckets}`;
}

// #region kit
import { describeFileStore } from '@oh/file-store-core/testing';

describeFileStore('MyFileStore', {
  open: async () => new MyFileStore(await freshBucket()),
  capabilities: { conditions: true, append: true, metadata: true, fileBesideDirectory: true, maxFileBytes: Number.POSITIVE_INFINITY },
});
// #endregion
