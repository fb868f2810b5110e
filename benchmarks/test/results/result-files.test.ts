import { describe, expect, test } from 'vitest';
import { makeResultFiles } from '../../src/results/result-files.ts';
import { groupNames } from '../../src/rows/row-names.ts';
import { comparison, sampleResults } from './sample-results.ts';

describe('the files of a run', () => {
  test('are its results, a table, and a chart for each group that has something to draw', async () => {
    const { files } = await makeResultFiles(sampleResults, 'charts');
    expect([...files.keys()].sort()).toEqual(['growth.svg', 'local.svg', 'results.json', 'results.md']);
    expect(JSON.parse(files.get('results.json') ?? '')).toEqual(sampleResults);
    expect(files.get('results.md')).toContain('not measured: MinIO is not here');
  });

  test('are made alike each time, and from what the file of results holds', async () => {
    const first = await makeResultFiles(sampleResults, 'charts');
    const again = await makeResultFiles(JSON.parse(first.files.get('results.json') ?? ''), 'charts');
    expect(again).toEqual(first);
  });

  test('a growth chart has a small chart for each operation, with the exponent on each store', async () => {
    const { files } = await makeResultFiles(sampleResults, 'charts');
    expect(files.get('growth.svg')).toContain('exponent local disk: 0.00, memory: 0.30');
  });
});

describe('the parts of the page', () => {
  test('are one for each group, the machine, and what others are faster at', async () => {
    const { regions } = await makeResultFiles(sampleResults, 'charts');
    expect([...regions.keys()]).toEqual(['machine', 'targets', 'behind', ...groupNames]);
  });

  test('show the chart with its outcome in words, and the command that measures it again', async () => {
    const { regions } = await makeResultFiles(sampleResults, 'charts');
    expect(regions.get('local')).toContain(
      '![Ours against others, local: of 3 comparisons ours is ahead in 1, behind in 1, no difference in 1.](charts/local.svg)',
    );
    expect(regions.get('local')).toContain('`npm run bench -- --only local`, 3 seconds:');
    expect(regions.get('gcs')).toContain('Not measured in this run.');
  });

  test('say what grows though it should be constant', async () => {
    const { regions } = await makeResultFiles(sampleResults, 'charts');
    expect(regions.get('growth')).toMatch(/exists +\| local disk +\| 10 +\| 11 +\| 10 +\| 0\.00 +\| -0\.10 to 0\.10 +\| constant/u);
    expect(regions.get('growth')).toMatch(/exists +\| memory +\| 1 +\| 2 +\| 4 +\| 0\.30 +\| 0\.20 to 0\.40 +\| grows/u);
  });

  test('list what others are faster at, and only that', async () => {
    const { regions } = await makeResultFiles(sampleResults, 'charts');
    expect(regions.get('behind')).toBe('- local: read bytes, 0.50 of a <fast> & "quoted" one\n');
  });

  test('count the targets, and list the missed ones', async () => {
    const [first] = sampleResults.runs;
    const slow = { ...comparison('read bytes', 'readFile', 0.5), wanted: { ratioAtLeast: 0.8 } };
    const missed = first === undefined ? [] : [{ ...first, findings: [slow] }];
    const { regions } = await makeResultFiles({ ...sampleResults, runs: [...sampleResults.runs, ...missed] }, 'charts');
    expect(regions.get('targets')).toBe(`1 of 3 targets are met. Missed:

- growth: exists, memory: it grows, with an exponent of 0.30
- local: read bytes, 0.50 of readFile, wanted >= 0.80
`);
  });

  test('name the machine, the commit and the versions of everything', async () => {
    const { regions } = await makeResultFiles({ ...sampleResults, full: true }, 'charts');
    for (const text of ['`npm run bench -- --full`', '0123456789ab', 'a processor', '23.5 GiB', 'unstorage 1.17.6', 'rclone 1.60.1']) {
      expect(regions.get('machine')).toContain(text);
    }
  });
});
