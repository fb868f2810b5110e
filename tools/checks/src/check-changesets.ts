import { spawnSync } from 'node:child_process';
import { runTool } from './run-program.ts';
import { workspaceRoot } from './workspace-root.ts';

/**
 * Checks that the release notes can be read, and that a change of a published package brings one; exit code 1 when not.
 *
 * Where a remote's `main` is known, only release notes that are newer count, so that every branch brings its own. A clone that knows
 * neither `origin/main` nor `main` (a shallow one of another branch) has nothing to compare with: there they are only read.
 */
function main(): number {
  const runs = [
    { ref: 'main', args: [] },
    { ref: 'origin/main', args: ['--since=origin/main'] },
  ].filter(({ ref }) => isCommon(ref));
  if (runs.length === 0) {
    console.log('changesets: neither origin/main nor main is known here, so no change is compared');
    runs.push({ ref: 'HEAD', args: ['--since=HEAD'] });
  }
  const succeeded = runs.every(({ args }) => runTool('changeset', ['status', ...args], 'shown').succeeded);
  if (!succeeded) {
    console.error('changesets: run npx changeset, then git add .changeset: what git does not know yet is not counted');
  }
  return succeeded ? 0 : 1;
}

/** Whether the ref exists and shares history with HEAD, which is what `changeset status` needs. */
function isCommon(ref: string): boolean {
  return spawnSync('git', ['merge-base', ref, 'HEAD'], { cwd: workspaceRoot, stdio: 'ignore' }).status === 0;
}

process.exitCode = main();
