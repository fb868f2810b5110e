import { runNode, runTool } from './run-program.ts';
import { checkTargets } from './targets.ts';

/** `npm run check`: every check besides the tests, to the end even when one fails, so that one run shows everything. */
const targets = runTool('nx', ['run-many', '-t', ...checkTargets, '--outputStyle=static-failures-only'], 'shown');
const changesets = runNode([`${import.meta.dirname}/check-changesets.ts`], 'shown');
process.exitCode = targets.succeeded && changesets.succeeded ? 0 : 1;
