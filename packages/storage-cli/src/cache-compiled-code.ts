import { statSync } from 'node:fs';
import module from 'node:module';
import { isAbsolute, join } from 'node:path';
import { findHome } from './locations/home-directory.ts';

/**
 * Has Node, and other runtimes that can, keep what they compile, in `oh-storage` in `$XDG_CACHE_HOME` or in `~/.cache`, so that the next run starts faster. `NODE_DISABLE_COMPILE_CACHE=1`
 * turns it off, `NODE_COMPILE_CACHE` names another directory. Nothing is kept where that directory is not there, cannot be written, or is another user's: who writes
 * there has this program run what he likes.
 *
 * @param env With `XDG_CACHE_HOME`, see https://specifications.freedesktop.org/basedir-spec/latest/, and `HOME`.
 */
export function cacheCompiledCode(env: Readonly<Record<string, string | undefined>>): void {
  const { XDG_CACHE_HOME: named = '' } = env;
  const [owned, below] = isAbsolute(named) ? [named, ''] : [findHome(env), '.cache'];
  if (owned !== undefined && isOwn(owned)) {
    module.enableCompileCache?.(join(owned, below, 'oh-storage'));
  }
}

/** With sudo, `HOME` may be that of somebody else. */
function isOwn(directory: string): boolean {
  try {
    const { uid } = statSync(directory);
    return uid === (process.geteuid?.() ?? uid);
  } catch {
    return false;
  }
}
