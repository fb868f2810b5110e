import { expect, test } from 'vitest';
import { toJsonLines, toTables } from '../src/report.ts';
import type { RowRun } from '../src/row-run.ts';

const runs: readonly RowRun[] = [
  {
    row: 'read',
    group: 'local',
    seconds: 3,
    findings: [
      {
        what: 'read bytes',
        ours: 6312.4,
        unit: '/s',
        other: { name: 'readFile', reached: 4095, ratio: 1.754, spread: { low: 1.7, high: 1.81 } },
        wanted: { ratioAtLeast: 0.8 },
      },
      { what: 'read a page', ours: 228, unit: '/s', other: { name: 'all', reached: 0.02, ratio: 9676.88 } },
    ],
  },
  { row: 'backup', group: 'cli', seconds: 9, findings: [{ what: 'first', ours: 3.21, unit: 's', notCompared: 'restic is not installed' }] },
  { row: 's3-small', group: 's3', seconds: 0, findings: [], notMeasured: 'MinIO is not here' },
  { row: 'gcs-small', group: 'gcs', seconds: 0, findings: [], failed: 'Error: a | b\n    at x' },
];

test('the table has a line for each finding, and for what could not be measured', () => {
  expect(toTables(runs)).toMatchInlineSnapshot(`
    "| ours        |         | the other                             |         | ratio | middle half  | wanted  |     |
    | ---         | ---     | ---                                   | ---     | ---   | ---          | ---     | --- |
    | read bytes  | 6,312/s | readFile                              | 4,095/s | 1.75  | 1.70 to 1.81 | >= 0.80 | met |
    | read a page | 228/s   | all                                   | 0.02/s  | 9,677 |              |         |     |
    | first       | 3.2 s   | not compared: restic is not installed |         |       |              |         |     |
    | s3-small    |         | not measured: MinIO is not here       |         |       |              |         |     |
    | gcs-small   | failed  |                                       |         |       |              |         |     |
    "
  `);
});

test('there is a line of JSON for each finding, and for what could not be measured', () => {
  const lines = toJsonLines(runs)
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(lines.map(({ row }) => row)).toEqual(['read', 'read', 'backup', 's3-small', 'gcs-small']);
  expect(lines[0]).toMatchObject({ group: 'local', what: 'read bytes', met: true, other: { ratio: 1.754, spread: { low: 1.7 } } });
  expect(lines[2]).toMatchObject({ notCompared: 'restic is not installed' });
  expect(lines[3]).toMatchObject({ notMeasured: 'MinIO is not here' });
  expect(lines[4]).toMatchObject({ failed: 'Error: a | b\n    at x' });
});
