import { channel } from 'node:diagnostics_channel';
import type { FileStore } from './file-store.ts';
import type { FileStoreErrorCode } from './file-store-error.ts';

/** Name of the `node:diagnostics_channel` on which every operation of every store is published when it ends. */
export const operationChannelName = 'oh:file-store';

/** The names of the operations; `open` is also what `read`, `readBytes` and `readStream` publish. */
export type FileStoreOperationName = 'write' | 'open' | 'append' | 'stat' | 'list' | 'entries' | 'delete' | 'copy' | 'move';

/** The message on the channel `oh:file-store`. It never holds contents or metadata. */
export interface FileStoreOperation {
  /** The store that did it, to be compared with those one has opened; of views (`withPrefix`) and decorators it is the store beneath. */
  readonly store: FileStore;
  readonly operation: FileStoreOperationName;
  readonly path: string;
  /** Destination of `copy` and `move`. */
  readonly to?: string | undefined;
  /** Bytes written, or opened for reading. */
  readonly bytes?: number | undefined;
  /** Entries found by `list` and `entries`. */
  readonly items?: number | undefined;
  /** Wall-clock time in milliseconds. */
  readonly durationMs: number;
  /** `aborted`, or the code of the error it failed with. */
  readonly errorCode?: FileStoreErrorCode | 'aborted' | undefined;
}

const operations = channel(operationChannelName);

/** Publishes `operation()` when somebody listens. */
export function publishOperation(operation: () => FileStoreOperation): void {
  if (operations.hasSubscribers) {
    operations.publish(operation());
  }
}
