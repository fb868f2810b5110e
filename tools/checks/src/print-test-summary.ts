import { formatTotals, isGreen, type ProjectTotals, readTestTotals } from './test-totals.ts';

/**
 * Prints a table of the last test run, the name of every test that failed or did not run, and as the last line the totals.
 *
 * @returns Whether the run was green.
 */
export function printTestSummary(workspaceRoot: string): boolean {
  const totals = readTestTotals(workspaceRoot);
  for (const line of formatTable(totals)) {
    console.log(line);
  }
  for (const { project, failed, skipped, problem } of totals) {
    const names = [...failed.map((name) => `failed: ${name}`), ...skipped.map((name) => `skipped: ${name}`)];
    for (const line of problem === undefined ? names : [...names, `problem: ${problem}`]) {
      console.log(`${project}: ${line}`);
    }
  }
  console.log(formatTotals(totals));
  return isGreen(totals);
}

function formatTable(totals: readonly ProjectTotals[]): string[] {
  const width = Math.max(0, ...totals.map(({ project }) => project.length));
  const row = (project: string, counts: readonly (string | number)[]): string =>
    project.padEnd(width) + counts.map((count) => String(count).padStart(9)).join('');
  return [
    row('', ['passed', 'failed', 'skipped']),
    ...totals.map(({ project, passed, failed, skipped }) => row(project, [passed, failed.length, skipped.length])),
  ];
}
