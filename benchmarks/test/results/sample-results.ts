import type { Finding } from '../../src/finding.ts';
import type { Results } from '../../src/results/results.ts';

/** A comparison of rates. */
export function comparison(what: string, name: string, ratio: number, low = ratio, high = ratio): Finding {
  return { what, ours: 100 * ratio, unit: '/s', other: { name, reached: 100, ratio, spread: { low, high } } };
}

/** The growth of one operation on one store. */
function growing(what: string, store: string, costs: readonly number[], exponent: number): Finding {
  const points = costs.map((microseconds, index) => ({ items: 100 * 10 ** index, microseconds }));
  return {
    what,
    ours: costs.at(-1) ?? 0,
    unit: 'µs',
    growth: { store, points, exponent, spread: { low: exponent - 0.1, high: exponent + 0.1 } },
    wanted: { exponentBelow: 0.2 },
  };
}

/** The results of a small run. */
export const sampleResults: Results = {
  format: 1,
  machine: {
    date: '2026-11-29',
    node: 'v24.21.0',
    platform: 'linux x64',
    kernel: '6.18',
    cpu: 'a processor',
    cores: 2,
    memoryGiB: 23.5,
    fileSystem: 'ext4',
    commit: '0123456789ab',
    packages: { unstorage: '1.17.6', flydrive: '2.1.0' },
    programs: { rclone: '1.60.1' },
  },
  full: false,
  secondsPerSide: 1,
  runs: [
    {
      row: 'read',
      group: 'local',
      seconds: 3.4,
      findings: [
        comparison('read bytes', 'readFile', 1.5, 1.4, 1.6),
        comparison('read bytes', 'a <fast> & "quoted" one', 0.5, 0.4, 0.6),
        comparison('read bytes', 'an equal', 1.01, 0.9, 1.1),
      ],
    },
    { row: 's3-small', group: 's3', seconds: 0.1, findings: [], notMeasured: 'MinIO is not here' },
    {
      row: 'growth-files',
      group: 'growth',
      seconds: 2,
      findings: [growing('exists', 'local disk', [10, 11, 10], 0), growing('exists', 'memory', [1, 2, 4], 0.3)],
    },
  ],
};
