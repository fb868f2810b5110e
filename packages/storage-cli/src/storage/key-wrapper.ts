import { join } from 'node:path';
import { KeyFile, type KeyWrapper, Passphrase } from '@oh/secrets-store';
import { configDirectory } from './cli-config.ts';

/** What protects the keys of a store: the passphrase in `OH_SECRET_KEY`, without one the file `key` in the directory of the configuration. */
export function keyWrapper(env: Readonly<Record<string, string | undefined>>): KeyWrapper {
  const passphrase = env['OH_SECRET_KEY'];
  return passphrase ? new Passphrase(passphrase) : new KeyFile({ path: join(configDirectory(env), 'key') });
}
