import type { FileStore } from '../file-store.ts';
import { isError } from '../is-error.ts';

/** One behaviour that every store must show. */
export interface FileStoreCase {
  /** A sentence about behaviour. */
  readonly name: string;
  /** What a backend that fails it has to do; the kit puts it below the failure. */
  readonly advice?: string | undefined;
  /** Shows it on a fresh, empty store; what a store cannot honour by its capabilities it must refuse. */
  readonly run: (store: FileStore) => Promise<void>;
}

/** Shows a behaviour. @throws What it throws, with the advice at the end of the message; all else stays, such as what was expected. */
export async function runCase({ advice, run }: FileStoreCase, store: FileStore): Promise<void> {
  try {
    await run(store);
  } catch (error) {
    if (advice !== undefined && isError(error)) {
      error.message += `\n${advice}`;
    }
    throw error;
  }
}

/** The advice of all cases on conditions. */
export const oneStep =
  'Compare and change in one step of the backend, such as a transaction, a script or a conditional request: a look before the change lets others in between. A lost `ifAbsent` is `already-exists`; a lost `ifVersion`, of a missing file too, is `version-mismatch`.';
