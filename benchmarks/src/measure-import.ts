import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** Milliseconds that `import(name)` takes in a new process, as a program in `directory` would do it: built files, no source condition. */
export async function measureImport(name: string, directory: string, signal: AbortSignal): Promise<number> {
  const program = `
    const startedAt = performance.now();
    const module = await import(${JSON.stringify(name)});
    console.log(Object.keys(module).length > 0 ? performance.now() - startedAt : Number.NaN);`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program], { cwd: directory, signal });
  const milliseconds = Number(stdout);
  if (Number.isNaN(milliseconds)) {
    throw new Error(`${name} exports nothing`);
  }
  return milliseconds;
}
