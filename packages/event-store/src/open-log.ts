import { type FileStore, FileStoreError } from '@oh/file-store-core';
import type { EventAddress } from './event-address.ts';
import type { EventLog } from './event-log.ts';
import { LineLog } from './line-log.ts';

/**
 * The log of a conversation in the format that fits its layout and the store.
 *
 * @throws {FileStoreError} `unsupported` where there is none.
 */
export function openLog(files: FileStore, address: EventAddress): EventLog {
  if (address.file === undefined) {
    throw new FileStoreError('unsupported', 'the layout keeps every event in a file of its own, which is not supported', {
      path: address.directory,
    });
  }
  if (!files.capabilities.append) {
    throw new FileStoreError('unsupported', 'the events of a conversation need a store that appends', { path: address.file });
  }
  return new LineLog(files, address, address.file);
}
