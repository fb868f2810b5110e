import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** Milliseconds that importing modules takes in a new process, as a program in `directory` would do it: built files, no source condition. */
export async function measureImport(names: readonly string[], directory: string, signal: AbortSignal): Promise<number> {
  const program = `
    const startedAt = performance.now();
    let exported = 0;
    for (const name of ${JSON.stringify(names)}) {
      exported += Object.keys(await import(name)).length;
    }
    console.log(exported > 0 ? performance.now() - startedAt : Number.NaN);`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program], { cwd: directory, signal });
  const milliseconds = Number(stdout);
  if (Number.isNaN(milliseconds)) {
    throw new Error(`${names.join(', ')} export nothing`);
  }
  return milliseconds;
}
