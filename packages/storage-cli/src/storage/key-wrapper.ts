import { join } from 'node:path';
import { KeyFile, type KeyWrapper, Passphrase } from '@oh/secrets-store';
import { configDirectory } from './cli-config.ts';

/**
 * What protects the keys of a store: the passphrase in `OH_SECRET_KEY`, where those in `OH_PREVIOUS_SECRET_KEYS` open too; without one the file `key` in the
 * directory of the configuration.
 */
export function keyWrapper(env: Readonly<Record<string, string | undefined>>): KeyWrapper {
  return env['OH_SECRET_KEY'] ? Passphrase.fromEnvironment('OH_SECRET_KEY', env) : new KeyFile({ path: join(configDirectory(env), 'key') });
}
