import { homedir } from 'node:os';
import { join, sep } from 'node:path';

/** Variables by name. */
type Environment = Readonly<Record<string, string | undefined>>;

/** The home directory of the user, as `HOME` says, else the system. */
export function homeDirectory(env: Environment): string {
  return env['HOME'] || homedir();
}

/** The path with a `~` at its beginning replaced by the home directory. */
export function expandHome(path: string, env: Environment): string {
  return path === '~' || path.startsWith('~/') || path.startsWith(`~${sep}`) ? join(homeDirectory(env), path.slice(1)) : path;
}
