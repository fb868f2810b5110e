import { vitestApi } from '../vitest-api.ts';
import type { FileStoreProcesses } from './file-store-processes.ts';
import { processCases, processCount } from './process-cases.ts';
import { WorkerGroup } from './worker-group.ts';

/** Declares what holds between several processes that have one store open. */
export function describeProcesses(processes: FileStoreProcesses, timeoutMs: number): void {
  const { describe, it } = vitestApi();
  describe(`${processCount} processes`, () => {
    for (const { name, run } of processCases) {
      it(name, { timeout: timeoutMs }, async () => {
        const { store, argument } = await processes.openShared();
        try {
          await run(store, (job, input) => new WorkerGroup(processCount, argument, processes).run(job, input));
        } finally {
          await store.close();
        }
      });
    }
  });
}
