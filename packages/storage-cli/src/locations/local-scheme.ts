import { lstat, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, parse, relative, resolve, sep } from 'node:path';
import { UsageError } from '../usage-error.ts';
import { findEnclosingRoot } from './enclosing-root.ts';
import { expandHome, findHome } from './home-directory.ts';
import type { SchemeContext, StorePlace, StoreScheme } from './store-scheme.ts';

/** `local:PATH`: a file or a directory of the local disk. */
export const localScheme: StoreScheme = {
  usage: 'local:PATH',
  summary: 'a file or directory of this computer, from the working directory; ~ is your home',
  resolve: resolveLocal,
};

async function resolveLocal(rest: string, context: SchemeContext): Promise<StorePlace> {
  const written = resolve(context.cwd, expandHome(checkText(rest), context.env));
  const isEntry = context.purpose === 'entry';
  const real = isEntry ? join(await realPath(dirname(written)), basename(written)) : await realPath(written);
  const isDirectory = await isExistingDirectory(real, isEntry);
  const isRoot = isDirectory || (context.purpose === 'directory' && (await isMissing(real)));
  const root = await findRoot(real, isRoot, context);
  return {
    storeKey: `local:${root}`,
    openStore: async (leftOut) => {
      const { LocalFileStore } = await import('@oh/file-store-local');
      return new LocalFileStore({ root, onLeftOut: (path, reason) => leftOut.set(path, reason) });
    },
    path: relative(root, real).split(sep).join('/'),
    name: ['.', '..'].includes(basename(rest)) ? '' : basename(written),
    isDirectory,
    address: `local:${real.endsWith(sep) ? real.slice(0, -1) : real}`,
  };
}

/** The root of the store it lies in, if there is one; else a directory is a root itself, also one that is to be made, and of everything else the parent is. */
async function findRoot(real: string, isDirectory: boolean, context: SchemeContext): Promise<string> {
  const isEntry = context.purpose === 'entry';
  if (isEntry && (await isProtected(real, context))) {
    return real;
  }
  const nearest = isDirectory && !isEntry ? real : dirname(real);
  return (await findEnclosingRoot(nearest, await realPath(findHome(context.env) ?? parse(real).root))) ?? nearest;
}

function checkText(rest: string): string {
  if (rest === '') {
    throw new UsageError('"local:" needs a path; "local:." is the working directory');
  }
  if (rest.includes('\0')) {
    throw new UsageError('a path of the local disk has no NUL');
  }
  return rest;
}

/** The path with its symbolic links followed, as far as it exists; a store stays inside its root, but the user chose this one. */
async function realPath(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch {
    // Whatever stands in the way, the store meets it again and says what it is.
    return path === parse(path).root ? path : join(await realPath(dirname(path)), basename(path));
  }
}

async function isExistingDirectory(path: string, isEntry: boolean): Promise<boolean> {
  try {
    return (await (isEntry ? lstat(path) : stat(path))).isDirectory();
  } catch {
    // As above: what cannot be looked at is for the store to report.
    return false;
  }
}

async function isMissing(path: string): Promise<boolean> {
  return await lstat(path).then(
    () => false,
    (error: NodeJS.ErrnoException) => error.code === 'ENOENT',
  );
}

/** The root of the disk, and what the working directory or the home directory lies in, are never removed. */
async function isProtected(real: string, context: SchemeContext): Promise<boolean> {
  const kept = await Promise.all([context.cwd, findHome(context.env) ?? context.cwd].map(realPath));
  return [parse(real).root, ...kept].some((directory) => isInside(directory, real));
}

function isInside(path: string, directory: string): boolean {
  const way = relative(directory, path);
  return way === '' || !(way === '..' || way.startsWith(`..${sep}`) || parse(way).root !== '');
}
