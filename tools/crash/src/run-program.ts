import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/** Runs one of the programs of this folder, its output shown. @returns Its exit code; 1 when a signal ended it. */
export async function runProgram(program: string, options: readonly string[]): Promise<number> {
  const child = spawn(process.execPath, ['--conditions=@oh/source', join(import.meta.dirname, program), ...options], { stdio: 'inherit' });
  const [code] = (await once(child, 'exit')) as [number | null];
  return code ?? 1;
}
