import { compareRounds, type Rounds } from '../compare-rounds.ts';
import type { Finding } from '../finding.ts';
import type { JobResult } from '../jobs/job.ts';
import { findAddedMemory } from './added-memory.ts';

/** What a stream is to reach. */
export interface StreamTarget {
  /** At least so much of the other's throughput. */
  readonly ratioAtLeast: number;
  /** Less added memory, in MiB. */
  readonly addedBelowMiB: number;
}

/** What the stream of the store is compared with. */
export interface OtherStream {
  readonly name: string;
  readonly results: readonly JobResult[];
}

/** The throughput of both sides, and what they added to the memory. */
export function compareStreams(what: string, ours: readonly JobResult[], other: OtherStream, target: StreamTarget): Finding[] {
  return [compareThroughput(what, ours, other, target), findAddedMemory(what, ours, other, target.addedBelowMiB)];
}

/** The throughput of both sides. @param target Default: none, the line is for information. */
export function compareThroughput(what: string, ours: readonly JobResult[], other: OtherStream, target?: StreamTarget): Finding {
  return {
    what,
    unit: 'MiB/s',
    ...compareRounds(ratesOf('ours', ours), ratesOf(other.name, other.results)),
    wanted: target && { ratioAtLeast: target.ratioAtLeast },
  };
}

function ratesOf(name: string, results: readonly JobResult[]): Rounds {
  return { name, reached: results.map(({ size, seconds }) => size / 1024 ** 2 / seconds) };
}
