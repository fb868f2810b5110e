import type { Finding } from '../finding.ts';
import type { JobResult } from '../jobs/job.ts';

/** The most that any round added to the resident memory, wanted below `belowMiB`; that of the other side is for information. */
export function findAddedMemory(
  what: string,
  ours: readonly JobResult[],
  other: { readonly name: string; readonly results: readonly JobResult[] },
  belowMiB: number,
): Finding {
  const added = mostMiB(ours);
  const otherAdded = mostMiB(other.results);
  return {
    what: `${what}: added memory`,
    ours: added,
    unit: 'MiB',
    other: { name: other.name, reached: otherAdded, ratio: added / otherAdded },
    wanted: { below: belowMiB },
  };
}

function mostMiB(results: readonly JobResult[]): number {
  return Math.max(...results.map(({ addedBytes }) => addedBytes)) / 1024 ** 2;
}
