import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { printTestSummary } from './print-test-summary.ts';
import { runTool } from './run-program.ts';
import { testTargets } from './targets.ts';
import { workspaceRoot } from './workspace-root.ts';

/**
 * `npm test`: builds, typechecks, lints and tests every project, then sums up, also when something failed.
 *
 * Old results are removed first, so that a project that does not run has none; nx brings back those of cached tasks.
 */
rmSync(join(workspaceRoot, 'test-results'), { recursive: true, force: true });
const { succeeded } = runTool('nx', ['run-many', '-t', ...testTargets, '--outputStyle=static-failures-only'], 'shown');
const green = printTestSummary(workspaceRoot);
process.exitCode = succeeded && green ? 0 : 1;
