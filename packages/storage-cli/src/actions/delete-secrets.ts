import { FileStoreError } from '@oh/file-store-core';
import type { CliContext } from '../cli-context.ts';
import type { StoreOptions } from '../storage/store-options.ts';
import { toJsonLine } from '../to-json-line.ts';

/**
 * Deletes secrets. One that cannot be deleted does not stop the others.
 *
 * @throws {AggregateError} Of all that are not there or could not be deleted.
 */
export async function deleteSecrets(context: CliContext, names: readonly string[], options: StoreOptions): Promise<void> {
  const { signal } = context;
  const { secrets } = await context.openStorage(options, 'write');
  const known = new Set((await secrets.list({ signal })).map(({ name }) => name));
  const errors: unknown[] = [];
  for (const name of names) {
    try {
      if (!known.has(name)) {
        throw new FileStoreError('not-found', `no secret ${JSON.stringify(name)}; see "secrets list"`);
      }
      await secrets.deleteSecret(name, { signal });
      if (context.json) {
        await context.output.write(toJsonLine({ name }));
      }
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length > 0) {
    throw new AggregateError(errors);
  }
}
