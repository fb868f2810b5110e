import { type KeyHolder, rotateKeys } from '@oh/secrets-store';
import type { CliContext } from '../cli-context.ts';
import { formatCount } from '../format-count.ts';
import { keyWrapper } from '../storage/key-wrapper.ts';
import type { StoreOptions } from '../storage/store-options.ts';
import { toJsonLine } from '../to-json-line.ts';
import { requireKeys } from './require-keys.ts';

/** Milliseconds between two notes of how far it is. */
const noteEveryMs = 1000;

/**
 * Protects the keys by what is set now, also where a passphrase of before has opened them, and brings the secrets and the settings of all users under a new key; stopped, it goes on when it is called again.
 *
 * @throws {AggregateError} Of the values that do not open and keep their key. @throws {FileStoreError} What `requireKeys` throws.
 */
export async function rotateSecrets(context: CliContext, options: StoreOptions): Promise<void> {
  const { signal } = context;
  const storage = await context.openStorage(options, 'write');
  requireKeys(storage);
  const { keys, holders } = await storage.keyUse({ signal });
  await keys.protectWith(keyWrapper(context.io.env), { signal });
  const { keyId, errors } = await rotateKeys({ keys, holders: withProgress(holders, context) }, { signal });
  if (context.json) {
    await context.output.write(toJsonLine({ keyId, files: holders.length, failed: errors.length }));
  } else {
    await context.output.write(`${keyId}\n`);
  }
  if (errors.length > 0) {
    throw new AggregateError(errors);
  }
  context.note(`everything is under the key ${keyId}; see "secrets keys", and retire the old ones with "secrets keys retire ID"`);
}

/** The same holders, which tell how many of them are done. */
function withProgress(holders: readonly KeyHolder[], context: CliContext): readonly KeyHolder[] {
  let done = 0;
  let notedAt = performance.now();
  return holders.map((holder) => ({
    countKeys: (options) => holder.countKeys(options),
    rewrap: async (options) => {
      const errors = await holder.rewrap(options);
      done += 1;
      if (performance.now() - notedAt >= noteEveryMs) {
        notedAt = performance.now();
        context.note(`rotated ${done} of ${formatCount(holders.length, 'file')}`);
      }
      return errors;
    },
  }));
}
