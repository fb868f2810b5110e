import { join, resolve } from 'node:path';
import type { StorageConfig } from '@oh/storage';
import type { CliIo } from '../cli-io.ts';
import { expandHome } from '../locations/home-directory.ts';
import { UsageError } from '../usage-error.ts';
import { checkTrusted } from './check-trusted.ts';
import { configDirectory, loadCliConfig } from './cli-config.ts';
import type { LayoutName, StorageAccess, StoreOptions } from './store-options.ts';

/** Which store a command is to work on. */
export interface FoundStore {
  /** A store URL; `undefined` where {@link config} names the store. */
  readonly url: string | undefined;
  /** What OpenHands is configured with; empty where {@link url} names the store, which then has no webhook and no classes of its own. */
  readonly config: StorageConfig;
  readonly user: string | undefined;
  readonly layout: LayoutName | undefined;
  /** What names the store, for people: an option, a variable, a file, or the default. */
  readonly namedBy: string;
}

/**
 * Finds out which store is meant. The first that is given counts: `--store`, `--config`, `OH_STORAGE_URL`, `store` of the configuration of this
 * program, what OpenHands is configured with by the environment and by `config.toml` in the working directory, `~/.openhands`.
 *
 * @throws {UsageError} For a configuration in the working directory that may not be meant. @throws {FileStoreError} As reading the configurations does.
 */
export async function findStore(options: StoreOptions, access: StorageAccess, io: CliIo, signal: AbortSignal): Promise<FoundStore> {
  const cli = await loadCliConfig(io.env, { signal });
  const named = options.store ?? (options.config === undefined ? io.env['OH_STORAGE_URL'] || undefined : undefined);
  const isElsewhere = named !== undefined || options.config !== undefined;
  const url = isElsewhere ? named : cli.store;
  // What lies in another store lies there in its own way.
  const given = { user: options.user ?? cli.user, layout: options.layout ?? (isElsewhere ? undefined : cli.layout) };
  if (url !== undefined) {
    const ours = `store in ${JSON.stringify(join(configDirectory(io.env), 'config.toml'))}`;
    const namedBy = options.store !== undefined ? '--store' : isElsewhere ? 'OH_STORAGE_URL' : ours;
    return { ...given, url, config: {}, namedBy };
  }
  const loaded = await loadConfig(options.config, access, io, signal);
  return { ...given, url, ...loaded };
}

async function loadConfig(
  configPath: string | undefined,
  access: StorageAccess,
  io: CliIo,
  signal: AbortSignal,
): Promise<Pick<FoundStore, 'config' | 'namedBy'>> {
  const [{ loadStorageConfig }, { normalizePath }] = await Promise.all([import('@oh/storage'), import('@oh/file-store-core')]);
  if (configPath === undefined) {
    await checkTrusted(join(io.cwd, 'config.toml'));
  }
  const config = await loadStorageConfig({ configPath: configPath && expandHome(configPath, io.env), cwd: io.cwd, env: io.env, signal });
  if (configPath === undefined) {
    refuseRisks(config, access === 'read' ? 'read' : 'write', io);
  }
  const { file_store = 'local', file_store_path = '~/.openhands', file_store_prefix = '' } = config;
  const namedBy = nameOf(config, io);
  if (file_store !== 'local') {
    return { config, namedBy };
  }
  const path = join(resolve(io.cwd, expandHome(file_store_path, io.env)), normalizePath(file_store_prefix));
  return { config: { ...config, file_store, file_store_path: path, file_store_prefix: undefined }, namedBy };
}

function nameOf(config: StorageConfig, { env }: CliIo): string {
  const keys = (['file_store', 'file_store_path', 'file_store_prefix'] as const).filter((key) => config[key] !== undefined);
  if (keys.length === 0) {
    return 'the default';
  }
  const variables = keys.filter((key) => config[key] === env[key.toUpperCase()]).map((key) => key.toUpperCase());
  return [...variables, ...(variables.length < keys.length ? [JSON.stringify(config.config_file?.path)] : [])].join(' and ');
}

/** Keys that make this program run code, and send data somewhere. */
const riskyKeys = {
  read: ['conversation_store_class', 'secrets_store_class', 'settings_store_class'],
  write: ['conversation_store_class', 'secrets_store_class', 'settings_store_class', 'file_store_web_hook_url'],
} as const;

/** A file that merely lies in the working directory must not make this program run code, nor send data somewhere. */
function refuseRisks(config: StorageConfig, access: 'read' | 'write', { env }: CliIo): void {
  const key = riskyKeys[access].find((each) => config[each] !== undefined && config[each] !== env[each.toUpperCase()]);
  if (key !== undefined) {
    const path = JSON.stringify(config.config_file?.path);
    const what = key === 'file_store_web_hook_url' ? 'names where to send changes' : 'names code to run';
    throw new UsageError(`${key} in ${path} ${what}; if that is meant, say so with --config ${path}`);
  }
}
