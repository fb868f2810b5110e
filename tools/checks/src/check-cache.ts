import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runTool } from './run-program.ts';
import { everyTarget } from './targets.ts';
import { workspaceRoot } from './workspace-root.ts';

/** What nx notes about its last run. */
interface RunRecord {
  readonly tasks: readonly { readonly taskId: string; readonly cacheStatus: string }[];
}

/**
 * Runs every target again right after it ran; exit code 1 unless nx takes every single one from its cache.
 *
 * A task that runs anew has outputs or other tasks' leftovers among its inputs, and would cost everybody its time on every run.
 */
function main(): number {
  const { succeeded, output } = runTool('nx', ['run-many', '-t', ...everyTarget, '--outputStyle=static-failures-only'], 'kept');
  if (!succeeded) {
    console.error(output);
    return 1;
  }
  const { tasks } = JSON.parse(readFileSync(join(workspaceRoot, '.nx/cache/run.json'), 'utf8')) as RunRecord;
  const executed = tasks.filter(({ cacheStatus }) => cacheStatus !== 'local-cache-hit');
  for (const { taskId } of executed) {
    console.error(`cache: ${taskId} ran again although nothing changed`);
  }
  console.log(`cache: ${tasks.length - executed.length} of ${tasks.length} tasks came from the cache`);
  return tasks.length > 0 && executed.length === 0 ? 0 : 1;
}

process.exitCode = main();
