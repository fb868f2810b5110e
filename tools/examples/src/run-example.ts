import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import { exampleDirectory } from './workspace.ts';

/** What a program has left. */
export interface ExampleResult {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program of `examples/readme` in an empty directory, which is its home too, with no environment but `env`. */
export async function runExample(name: string, env: Readonly<Record<string, string>> = {}): Promise<ExampleResult> {
  const directory = mkdtempSync(join(tmpdir(), 'oh-example-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const child = spawn(process.execPath, ['--conditions=@oh/source', join(exampleDirectory, name)], {
    cwd: directory,
    env: { PATH: process.env['PATH'], HOME: directory, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const [stdout, stderr, exitCode] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { exitCode, stdout, stderr };
}
