import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type AbortOptions, FileStoreError, isError, raceAbort } from '@oh/file-store-core';
import { Secret } from '@oh/secrets-store';
import { parse, TomlError } from 'smol-toml';
import { readConfigValue } from './config-value.ts';
import { refuseMisspelt } from './refuse-misspelt.ts';
import { type ConfigFile, type ConfigKey, configKeys, type Environment, exposeText, type StorageConfig } from './storage-config.ts';

/** Options of {@link loadStorageConfig}. */
export interface LoadStorageConfigOptions extends AbortOptions {
  /** The file, which must be there. Default: `config.toml` in the working directory, if it is there. */
  readonly configPath?: string | undefined;
  /** The working directory: where `config.toml` is looked for, and a relative `configPath` starts. Default: that of the process. */
  readonly cwd?: string | undefined;
  /** Variables that count more than the file. Default: `process.env`. */
  readonly env?: Environment | undefined;
}

const keys = Object.keys(configKeys) as ConfigKey[];

/**
 * Reads what people configure OpenHands with: the sections `[core]` and `[server]` of a `config.toml`, and the variables of the same names in
 * upper case, which count more. An empty value is none.
 *
 * A key of ours that is spelled wrong is an error, since the default in its place would be another store.
 *
 * @throws {FileStoreError} `invalid-argument`: no UTF-8, no TOML, a value of the wrong kind, a misspelt key, naming file, key and line; `not-found`: there is no
 *   such file; `permission-denied`, `unavailable`: it cannot be read. Never with a value.
 */
export async function loadStorageConfig(options: LoadStorageConfigOptions = {}): Promise<StorageConfig> {
  const { configPath, cwd = process.cwd(), env = process.env, signal } = options;
  const file = await readConfigFile(cwd, configPath, signal);
  const config = file === undefined ? {} : parseToml(file);
  const placeOf = (section: string): string => `[${section}] of ${file?.path}`;
  for (const section of new Set(Object.values(configKeys))) {
    refuseMisspelt(Object.keys(sectionOf(config, section, placeOf(section))), keysOf(section), placeOf(section));
  }
  // Others have variables too: only those that begin as ours do are looked at.
  const ours = Object.keys(env).filter((name) => /^FILE_STORE(_|$)|^(CONVERSATION|SECRETS?|SETTINGS)_STORE_/.test(name));
  refuseMisspelt(ours, keys.map(toVariable), 'the environment', 'any');
  const values = keys.map((key) => {
    const place = placeOf(configKeys[key]);
    const stored = readConfigValue(key, sectionOf(config, configKeys[key], place)[key], place);
    return [key, readConfigValue(key, env[toVariable(key)], 'the environment') ?? stored] as const;
  });
  return { ...Object.fromEntries(values.filter(([, value]) => value !== undefined)), config_file: file };
}

function keysOf(section: string): readonly string[] {
  return keys.filter((key) => configKeys[key] === section);
}

function toVariable(key: string): string {
  return key.toUpperCase();
}

async function readConfigFile(
  cwd: string,
  configPath: string | undefined,
  signal: AbortSignal | undefined,
): Promise<ConfigFile | undefined> {
  const path = resolve(cwd, configPath ?? 'config.toml');
  try {
    return { path, text: new Secret(toText(await raceAbort(readFile(path, { signal }), signal), path)) };
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof FileStoreError) {
      throw error;
    }
    const code = isError(error) && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' && configPath === undefined) {
      return undefined;
    }
    const why = code === 'ENOENT' ? 'not-found' : code === 'EACCES' || code === 'EPERM' ? 'permission-denied' : 'unavailable';
    throw new FileStoreError(why, `the configuration "${path}" cannot be read (${String(code)})`, { cause: error });
  }
}

/** Strict: with another character in its place a path would lead to another store. */
function toText(bytes: Uint8Array, path: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw new FileStoreError('invalid-argument', `"${path}" is not UTF-8 text, as TOML has to be`, { cause: error });
  }
}

function parseToml({ path, text }: ConfigFile): Readonly<Record<string, unknown>> {
  try {
    return parse(exposeText(text));
  } catch (error) {
    if (!(error instanceof TomlError)) {
      throw error;
    }
    // Its message quotes the line, which may hold a key.
    throw new FileStoreError('invalid-argument', `"${path}" is not TOML: line ${error.line}, column ${error.column}`);
  }
}

/** @param place Where it stands, for the error. */
function sectionOf(config: Readonly<Record<string, unknown>>, name: string, place: string): Readonly<Record<string, unknown>> {
  const { [name]: section = {} } = config;
  if (typeof section !== 'object' || section === null || Array.isArray(section)) {
    throw new FileStoreError('invalid-argument', `${place} is not a table`);
  }
  return { ...section };
}
