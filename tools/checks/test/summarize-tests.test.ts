import { expect, test } from 'vitest';
import { makeTemporaryDirectory, type PlantedFiles, writeFiles } from './planted-workspace.ts';
import { runScript } from './run-script.ts';

interface PlantedTest {
  readonly fullName: string;
  readonly status: string;
  readonly failureMessages?: readonly string[];
}

const passed: PlantedTest = { fullName: 'works', status: 'passed' };

/** A workspace with two tested projects and an untested one, and these results. */
function plant(results: PlantedFiles): string {
  const directory = makeTemporaryDirectory();
  const tested = { scripts: { test: 'vitest run' } };
  writeFiles(directory, {
    'package.json': { workspaces: ['packages/*', 'tools/*'] },
    'packages/a/package.json': { name: 'a', ...tested },
    'tools/b/package.json': { name: 'b', ...tested },
    'tools/untested/package.json': { name: 'untested' },
    'test-results/tools/b.json': report([passed]),
    ...results,
  });
  return directory;
}

function report(tests: readonly PlantedTest[], { fileStatus = 'passed', success = true, message = '' } = {}): object {
  return { success, testResults: [{ name: '/x/a.test.ts', status: fileStatus, message, assertionResults: tests }] };
}

function summarize(results: PlantedFiles): { status: number | null; lines: string[] } {
  const { status, stdout } = runScript('summarize-tests.ts', plant(results));
  return { status, lines: stdout.trimEnd().split('\n') };
}

test('sums up the projects that exist, with the totals as the last line', () => {
  const results = { 'test-results/packages/a.json': report([passed, passed]), 'test-results/packages/gone.json': report([passed]) };
  expect(summarize(results)).toEqual({
    status: 0,
    lines: [
      '             passed   failed  skipped',
      'packages/a        2        0        0',
      'tools/b           1        0        0',
      'Tests: 3 passed, 0 failed, 0 skipped',
    ],
  });
});

test.each(['skipped', 'todo', 'pending'])('names a test that is %s, and passes', (status) => {
  const { status: exit, lines } = summarize({ 'test-results/packages/a.json': report([passed, { fullName: 'waits', status }]) });
  expect(exit).toBe(0);
  expect(lines.slice(-2)).toEqual(['packages/a: skipped: waits', 'Tests: 2 passed, 0 failed, 1 skipped']);
});

test('names a failed test, and fails', () => {
  const failed = report([passed, { fullName: 'breaks', status: 'failed', failureMessages: ['Error: torn\n    at x'] }], {
    fileStatus: 'failed',
    success: false,
  });
  const { status, lines } = summarize({ 'test-results/packages/a.json': failed });
  expect(status).toBe(1);
  expect(lines.slice(-2)).toEqual(['packages/a: failed: breaks: Error: torn', 'Tests: 2 passed, 1 failed, 0 skipped']);
});

test('counts a file that cannot run as one failure', () => {
  const broken = report([], { fileStatus: 'failed', success: false, message: 'Hook timed out' });
  const { status, lines } = summarize({ 'test-results/packages/a.json': broken });
  expect(status).toBe(1);
  expect(lines).toContain('packages/a: failed: /x/a.test.ts (the file itself): Hook timed out');
  expect(lines.at(-1)).toBe('Tests: 1 passed, 1 failed, 0 skipped');
});

test.each([
  ['has no result', {}, 'no result'],
  ['has no test that passed', report([{ fullName: 'waits', status: 'skipped' }]), 'no test passed'],
  ['failed without a failed test', report([passed], { success: false }), 'the run failed without a failed test'],
])('fails when a project %s', (_what, result, problem) => {
  const { status, lines } = summarize(problem === 'no result' ? {} : { 'test-results/packages/a.json': result });
  expect(status).toBe(1);
  expect(lines).toContain(`packages/a: problem: ${problem}`);
});

test('fails when no project is tested', () => {
  const directory = makeTemporaryDirectory();
  writeFiles(directory, { 'package.json': { workspaces: ['packages/*'] } });
  const { status, stdout } = runScript('summarize-tests.ts', directory);
  expect(status).toBe(1);
  expect(stdout.trimEnd().split('\n').at(-1)).toBe('Tests: 0 passed, 0 failed, 0 skipped');
});
