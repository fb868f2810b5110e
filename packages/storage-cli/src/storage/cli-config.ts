import { readFile } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import type { AbortOptions } from '@oh/file-store-core';
import { homeDirectory } from '../locations/home-directory.ts';
import { type LayoutName, layoutNames } from './store-options.ts';

/** Variables by name. */
type Environment = Readonly<Record<string, string | undefined>>;

/** What `config.toml` of this program says: defaults of the options of the same names. The layout is that of the store which is named nowhere else. */
export interface CliConfig {
  readonly store?: string | undefined;
  readonly user?: string | undefined;
  readonly layout?: LayoutName | undefined;
}

const keys = ['store', 'user', 'layout'] as const;

/** The directory with what the user has configured for this program: `$XDG_CONFIG_HOME/oh-storage`, else `~/.config/oh-storage`. */
export function configDirectory(env: Environment): string {
  const directory = env['XDG_CONFIG_HOME'] ?? '';
  // The specification has relative ones ignored: https://specifications.freedesktop.org/basedir-spec/latest/
  return join(isAbsolute(directory) ? directory : join(homeDirectory(env), '.config'), 'oh-storage');
}

/**
 * Reads `config.toml` of this program; where there is none, nothing is configured.
 *
 * @throws {FileStoreError} `invalid-argument`: no TOML, a key that nobody knows, a value that is no text, a layout that there is not; `permission-denied`,
 *   `unavailable`: it cannot be read.
 */
export async function loadCliConfig(env: Environment, { signal }: AbortOptions): Promise<CliConfig> {
  const path = join(configDirectory(env), 'config.toml');
  const text = await readText(path, signal);
  return text === undefined ? {} : await parseConfig(text, path);
}

async function readText(path: string, signal: AbortSignal | undefined): Promise<string | undefined> {
  const { FileStoreError, raceAbort } = await import('@oh/file-store-core');
  try {
    // It may be a pipe, and silent.
    return await raceAbort(readFile(path, { encoding: 'utf8', signal }), signal);
  } catch (error) {
    signal?.throwIfAborted();
    const code = (error as NodeJS.ErrnoException).code ?? '';
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      return undefined;
    }
    const why = code === 'EACCES' || code === 'EPERM' ? 'permission-denied' : 'unavailable';
    throw new FileStoreError(why, `the configuration ${JSON.stringify(path)} cannot be read (${code || String(error)})`, { cause: error });
  }
}

async function parseConfig(text: string, path: string): Promise<CliConfig> {
  const [{ parse, TomlError }, { FileStoreError }, { suggest }] = await Promise.all([
    import('smol-toml'),
    import('@oh/file-store-core'),
    import('@oh/storage'),
  ]);
  const refuse = (what: string): never => {
    throw new FileStoreError('invalid-argument', what);
  };
  let config: Readonly<Record<string, unknown>> = {};
  try {
    config = parse(text);
  } catch (error) {
    refuse(error instanceof TomlError ? `${JSON.stringify(path)} is not TOML: line ${error.line}, column ${error.column}` : String(error));
  }
  for (const [key, value] of Object.entries(config)) {
    if (!keys.some((known) => known === key)) {
      refuse(`unknown ${JSON.stringify(key)} in ${JSON.stringify(path)}${suggest(key, keys) || `; known are ${keys.join(', ')}`}`);
    }
    if (typeof value !== 'string' || value === '') {
      refuse(`${key} in ${JSON.stringify(path)} is not a text`);
    }
    if (key === 'layout' && !layoutNames.some((name) => name === value)) {
      refuse(`layout in ${JSON.stringify(path)} is ${JSON.stringify(value)}; it is ${layoutNames.join(' or ')}`);
    }
  }
  return config;
}
