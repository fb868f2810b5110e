import type { FileStore } from '../../file-store.ts';

/** A store that other processes can open too. */
export interface SharedFileStore {
  /** Fresh and empty; the kit closes it. */
  readonly store: FileStore;
  /** Says to the worker which store it is: a path, an address. */
  readonly argument: string;
}

/** How the kit opens one store in several processes. */
export interface FileStoreProcesses {
  /** Opens a store for one case. */
  readonly openShared: () => Promise<SharedFileStore>;
  /** The worker: a module that calls `runFileStoreWorker`. */
  readonly worker: URL;
  /** Options of Node for the worker. Default: those of this process. */
  readonly execArgv?: readonly string[] | undefined;
}
