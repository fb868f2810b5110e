import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { workspaceRoot } from './workspace-root.ts';

/** What is left of a program that ended. */
export interface ProgramResult {
  readonly succeeded: boolean;
  /** Standard output and errors; empty where they were shown instead. */
  readonly output: string;
}

/** The programs of the repository's devDependencies, and the packages that bring them. */
const packages = { nx: 'nx', changeset: '@changesets/cli' } as const;

/** Runs a tool in the root with the Node that runs this, without a shell on every platform. */
export function runTool(program: keyof typeof packages, args: readonly string[], output: 'shown' | 'kept'): ProgramResult {
  return runNode([scriptOf(program), ...args], output);
}

/** Runs Node in the root of the repository. */
export function runNode(args: readonly string[], output: 'shown' | 'kept'): ProgramResult {
  const stdio = output === 'shown' ? 'inherit' : 'pipe';
  const { status, error, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: workspaceRoot,
    encoding: 'utf8',
    stdio,
    maxBuffer: 2 ** 28,
  });
  if (error !== undefined) {
    throw error;
  }
  return { succeeded: status === 0, output: `${stdout ?? ''}${stderr ?? ''}` };
}

function scriptOf(program: keyof typeof packages): string {
  const manifestPath = createRequire(import.meta.url).resolve(`${packages[program]}/package.json`);
  const { bin } = JSON.parse(readFileSync(manifestPath, 'utf8')) as { readonly bin: Readonly<Record<string, string>> };
  const script = bin[program];
  if (script === undefined) {
    throw new Error(`${packages[program]} has no program ${program}`);
  }
  return join(dirname(manifestPath), script);
}
