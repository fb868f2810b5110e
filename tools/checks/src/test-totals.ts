import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readWorkspacePackages } from './workspace-package.ts';

/** What vitest's json reporter writes; the part that is read. */
interface VitestReport {
  readonly success: boolean;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    /** Why the file itself failed. */
    readonly message?: string;
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: string;
      readonly failureMessages?: readonly string[];
    }[];
  }[];
}

/** The tests of one project in its last run. */
export interface ProjectTotals {
  /** Folder relative to the workspace: `packages/file-store-core`. */
  readonly project: string;
  readonly passed: number;
  /** Full names, each with the first line of why; a file that failed as a whole counts as one test. */
  readonly failed: readonly string[];
  /** Full names of everything that did not run: skipped, todo, never reached. */
  readonly skipped: readonly string[];
  /** Why the result is not to be trusted, if so. */
  readonly problem: string | undefined;
}

/** Reads the results of every workspace project that has a `test` script now; results of projects that are gone are left out. */
export function readTestTotals(workspaceRoot: string): ProjectTotals[] {
  return readWorkspacePackages(workspaceRoot)
    .filter(({ manifest }) => manifest.scripts?.['test'] !== undefined)
    .map(({ folder }) => readProjectTotals(workspaceRoot, folder));
}

/** The one line that ends a test run: `Tests: N passed, N failed, N skipped`. */
export function formatTotals(totals: readonly ProjectTotals[]): string {
  const sum = (count: (project: ProjectTotals) => number): number => totals.reduce((total, project) => total + count(project), 0);
  const [passed, failed, skipped] = [sum((p) => p.passed), sum((p) => p.failed.length), sum((p) => p.skipped.length)];
  return `Tests: ${passed} passed, ${failed} failed, ${skipped} skipped`;
}

/** Whether every project has a result, with at least one test that passed and none that failed. */
export function isGreen(totals: readonly ProjectTotals[]): boolean {
  return totals.length > 0 && totals.every(({ failed, problem }) => failed.length === 0 && problem === undefined);
}

function readProjectTotals(workspaceRoot: string, project: string): ProjectTotals {
  const path = join(workspaceRoot, 'test-results', `${project}.json`);
  if (!existsSync(path)) {
    return { project, passed: 0, failed: [], skipped: [], problem: 'no result' };
  }
  const report = JSON.parse(readFileSync(path, 'utf8')) as VitestReport;
  const tests = report.testResults.flatMap((file) => file.assertionResults);
  const broken = tests.filter(({ status }) => status === 'failed');
  const failed = [...broken.map((test) => withReason(test.fullName, test.failureMessages?.[0])), ...brokenFiles(report)];
  const passed = tests.filter(({ status }) => status === 'passed').length;
  const skipped = tests.filter(({ status }) => status !== 'passed' && status !== 'failed').map(({ fullName }) => fullName);
  return { project, passed, failed, skipped, problem: problemOf(report, passed, failed.length) };
}

function brokenFiles({ testResults }: VitestReport): string[] {
  return testResults
    .filter(({ status, assertionResults }) => status === 'failed' && assertionResults.every((test) => test.status !== 'failed'))
    .map(({ name, message }) => withReason(`${name} (the file itself)`, message));
}

function withReason(name: string, message = ''): string {
  const [reason = ''] = message.trim().split('\n', 1);
  return reason === '' ? name : `${name}: ${reason}`;
}

function problemOf({ success }: VitestReport, passed: number, failed: number): string | undefined {
  if (passed === 0) {
    return 'no test passed';
  }
  return success || failed > 0 ? undefined : 'the run failed without a failed test';
}
