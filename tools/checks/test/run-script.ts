import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

/** What a script of `src` printed, and how it ended. */
export interface ScriptRun {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a script of `src` on a workspace, as npm does. */
export function runScript(name: string, workspace: string): ScriptRun {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(import.meta.dirname, '../src', name), workspace], {
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}
