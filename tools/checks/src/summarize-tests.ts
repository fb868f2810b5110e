import { resolve } from 'node:path';
import { printTestSummary } from './print-test-summary.ts';
import { workspaceRoot } from './workspace-root.ts';

/**
 * Sums up the last test run; exit code 1 when a test failed, or when a project has no result or none that passed.
 * Usage: `node summarize-tests.ts [workspace]`; default: this repository.
 */
process.exitCode = printTestSummary(process.argv[2] === undefined ? workspaceRoot : resolve(process.argv[2])) ? 0 : 1;
