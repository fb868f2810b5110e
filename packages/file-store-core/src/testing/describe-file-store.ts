import assert from 'node:assert/strict';
import type { FileStore, FileStoreCapabilities } from '../file-store.ts';
import { abortCases } from './abort-cases.ts';
import { appendCases } from './append-cases.ts';
import { closeCases } from './close-cases.ts';
import { conditionCases } from './condition-cases.ts';
import { contentsCases } from './contents-cases.ts';
import { copyMoveCases } from './copy-move-cases.ts';
import { deleteCases } from './delete-cases.ts';
import { type FileStoreCase, runCase } from './file-store-case.ts';
import { listingCases } from './listing-cases.ts';
import { metadataCases } from './metadata-cases.ts';
import { pathCases } from './path-cases.ts';
import { describeProcesses } from './processes/describe-processes.ts';
import type { FileStoreProcesses } from './processes/file-store-processes.ts';
import { readCases } from './read-cases.ts';
import { tornReadCases } from './torn-read-cases.ts';
import { vitestApi } from './vitest-api.ts';

/** How the kit gets stores and what they are. */
export interface DescribeFileStoreOptions {
  /** Opens a fresh, empty store for one case; the kit closes it. */
  readonly open: () => FileStore | Promise<FileStore>;
  /** What the stores must claim. The kit asks for it apart from them, so that a claim cannot be lost unnoticed. */
  readonly capabilities: FileStoreCapabilities;
  /** Paths that the platform beneath cannot hold; the store must refuse them with `invalid-path`. Default: none. */
  readonly refusesPath?: ((path: string) => boolean) | undefined;
  /**
   * Whether the server beneath lists nothing of what lies below a file: a fault that a store cannot mend. The kit then lists no file beside
   * a directory of its name. Default: false.
   */
  readonly hidesBelowFiles?: boolean | undefined;
  /** How several processes open one store. Default: only one process can, and what holds between several is not declared. */
  readonly processes?: FileStoreProcesses | undefined;
  /** Time-out of one case in milliseconds. Default: 60,000. */
  readonly timeoutMs?: number | undefined;
}

/**
 * Declares the conformance suite for one kind of store; call it at the top level of a vitest file.
 *
 * No case is skipped: where a capability is missing, the case proves that the store refuses. What fails says what a backend has to do.
 *
 * What needs a fault of the backend is for tests of its own: that a request without an answer ends when it is aborted, that no failure to read becomes `not-found`,
 * that what was written outlives a crash. A lock that holds within one process alone passes without `processes`.
 */
export function describeFileStore(name: string, options: DescribeFileStoreOptions): void {
  const { open, capabilities, refusesPath = () => false, hidesBelowFiles = false, timeoutMs = 60_000 } = options;
  const groups: Readonly<Record<string, readonly FileStoreCase[]>> = {
    contents: contentsCases,
    reading: readCases,
    paths: pathCases(refusesPath, hidesBelowFiles),
    listing: listingCases,
    deleting: deleteCases,
    appending: appendCases,
    'copying and moving': copyMoveCases,
    metadata: metadataCases,
    conditions: conditionCases,
    'concurrent readers': tornReadCases,
    aborting: abortCases,
    closing: closeCases,
  };
  const { describe, it } = vitestApi();
  describe(name, () => {
    it('claims exactly the capabilities it is expected to have', () =>
      withStore(open, async (store) => {
        assert.deepEqual({ ...store.capabilities }, { ...capabilities });
      }));
    for (const [group, cases] of Object.entries(groups)) {
      describe(group, () => {
        for (const each of cases) {
          it(each.name, { timeout: timeoutMs }, () => withStore(open, (store) => runCase(each, store)));
        }
      });
    }
    if (options.processes !== undefined) {
      describeProcesses(options.processes, timeoutMs);
    }
  });
}

async function withStore(open: DescribeFileStoreOptions['open'], run: (store: FileStore) => Promise<void>): Promise<void> {
  const store = await open();
  try {
    await run(store);
  } finally {
    await store.close();
  }
}
