import { retireKey } from '@oh/secrets-store';
import type { CliContext } from '../cli-context.ts';
import type { StoreOptions } from '../storage/store-options.ts';
import { toJsonLine } from '../to-json-line.ts';
import { requireKeys } from './require-keys.ts';

/** Retires a key that nothing needs any more, of any user. */
export async function retireKeyById(context: CliContext, id: string, options: StoreOptions): Promise<void> {
  const { signal } = context;
  const storage = await context.openStorage(options, 'write');
  requireKeys(storage);
  await retireKey(await storage.keyUse({ signal }), id, { signal });
  await report(context, id, 'retired', `"secrets keys reinstate ${id}" brings it back`);
}

/** Lets a retired key open again. */
export async function reinstateKeyById(context: CliContext, id: string, options: StoreOptions): Promise<void> {
  const { signal } = context;
  const storage = await context.openStorage(options, 'write');
  requireKeys(storage);
  const { keys } = await storage.keyUse({ signal });
  await keys.reinstateKey(id, { signal });
  await report(context, id, 'active', 'it opens again, and does not seal');
}

async function report(context: CliContext, id: string, state: string, advice: string): Promise<void> {
  context.note(`the key ${id} is ${state}; ${advice}`);
  if (context.json) {
    await context.output.write(toJsonLine({ id, state }));
  }
}
