import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Where to look: what `install-python.sh` makes, the Python of the shell, and that of the system, for which distributions have packages. */
export const pythons: readonly string[] = [
  fileURLToPath(new URL('../../../node_modules/.cache/python/bin/python', import.meta.url)),
  'python3',
  '/usr/bin/python3',
];

/**
 * Finds a Python that can do something.
 *
 * @param check A program that fails where it cannot, such as `import filelock`.
 * @returns `undefined` where there is none.
 */
export function findPython(check: string): string | undefined {
  return pythons.find((python) => spawnSync(python, ['-c', check]).status === 0);
}
