import { type ChildProcess, type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

const bin = fileURLToPath(new URL('../src/main.ts', import.meta.url));

/** The arguments of `node` that run the program from its sources. */
export const programArguments: readonly string[] = ['--conditions=@oh/source', bin];

/** A running program with pipes to all its streams. */
export type CliProcess = ChildProcessByStdio<Writable, Readable, Readable>;

/** How a process ended and what it wrote. */
export interface ProcessResult {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** Starts the program as a shell does; it is ended with the test at the latest. */
export function spawnCli(argv: readonly string[], cwd: string): CliProcess {
  const child = spawn(process.execPath, [...programArguments, ...argv], { cwd, stdio: ['pipe', 'pipe', 'pipe'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  child.stdin.on('error', () => undefined);
  return child;
}

/** Runs the program to its end. */
export async function runProcess(argv: readonly string[], cwd: string, stdin: string | Uint8Array = ''): Promise<ProcessResult> {
  const child = spawnCli(argv, cwd);
  child.stdin.end(stdin);
  const [stdout, stderr] = await Promise.all([buffer(child.stdout), text(child.stderr), once(child, 'close')]);
  return { exitCode: child.exitCode, signal: child.signalCode, stdout, stderr };
}

/** Waits until a process has ended, whatever happens to its streams. */
export async function hasEnded(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    await once(child, 'exit');
  }
}

/** As {@link hasEnded}. @returns Its exit code; `null` when a signal has ended it. */
export async function exitCodeOf(child: ChildProcess): Promise<number | null> {
  await hasEnded(child);
  return child.exitCode;
}
