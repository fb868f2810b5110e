import { availableParallelism, cpus, release, totalmem } from 'node:os';
import type { Scratch } from './scratch.ts';
import { describeCommit, packageVersions, programVersions, type Versions } from './versions.ts';

/** What was measured on. */
export interface Machine {
  /** The day, as `2026-11-29`. */
  readonly date: string;
  readonly node: string;
  readonly platform: string;
  readonly kernel: string;
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  /** The file system, in words. */
  readonly fileSystem: string;
  /** The commit of the sources. */
  readonly commit: string;
  /** Third-party packages. */
  readonly packages: Versions;
  /** Programs that are measured against; those that are not installed are missing. */
  readonly programs: Versions;
}

/** Looks at this machine. */
export function describeMachine({ description }: Scratch): Machine {
  return {
    date: new Date().toISOString().slice(0, 10),
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    kernel: release(),
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGiB: Number((totalmem() / 1024 ** 3).toFixed(1)),
    fileSystem: description,
    commit: describeCommit(),
    packages: packageVersions(),
    programs: programVersions(),
  };
}

/** The machine in one line. */
export function machineLine({ date, node, platform, kernel, cpu, cores, memoryGiB, fileSystem }: Machine): string {
  return `${date}, Node ${node}, ${platform} ${kernel}, ${cpu}, ${cores} cores, ${memoryGiB} GiB, ${fileSystem}`;
}
