import { homedir } from 'node:os';
import { isAbsolute, join, sep } from 'node:path';
import { UsageError } from '../usage-error.ts';

/** Variables by name. */
type Environment = Readonly<Record<string, string | undefined>>;

/** The home directory of the user, as `HOME` says, else the system. @throws {UsageError} When `HOME` is empty or relative: what is in it would be looked for elsewhere. */
export function homeDirectory(env: Environment): string {
  const home = findHome(env);
  if (home === undefined) {
    throw new UsageError('HOME is no absolute path, so that there is no home directory; set it, or unset it to have that of the system');
  }
  return home;
}

/** As {@link homeDirectory}; `undefined` instead of the error. */
export function findHome(env: Environment): string | undefined {
  const home = env['HOME'] ?? homedir();
  return isAbsolute(home) ? home : undefined;
}

/** The path with a `~` at its beginning replaced by the home directory. */
export function expandHome(path: string, env: Environment): string {
  return path === '~' || path.startsWith('~/') || path.startsWith(`~${sep}`) ? join(homeDirectory(env), path.slice(1)) : path;
}
