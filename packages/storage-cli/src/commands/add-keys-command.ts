import type { Command } from 'commander';
import type { CliContext } from '../cli-context.ts';
import type { StoreOptions } from '../storage/store-options.ts';
import { addStoreOptions } from './add-store-options.ts';

/** Adds `keys` with `status`, which is the default, `retire` and `reinstate`. */
export function addKeysCommand(secrets: Command, context: CliContext): void {
  const keys = secrets
    .command('keys')
    .description('Show the keys that protect secrets and settings, and retire those that nothing needs.')
    .addHelpText('after', examples);
  addStoreOptions(
    keys
      .command('status', { isDefault: true })
      .description('Show each key, the oldest first, with the number of values that need it, of all users.')
      .addHelpText('after', `\nWith --json a line for each: id, state, created_at, entries.\n${examples}`)
      .action(async (options: StoreOptions) => {
        const { showKeys } = await import('../actions/show-keys.ts');
        await showKeys(context, options);
      }),
  );
  addStoreOptions(
    keys
      .command('retire')
      .description('Retire a key: it opens nothing any more. Refused while anything needs it.')
      .argument('<id>', 'as the status shows it')
      .addHelpText('after', `\nWith --json one object: id, state.\n${examples}`)
      .action(async (id: string, options: StoreOptions) => {
        const { retireKeyById } = await import('../actions/change-key.ts');
        await retireKeyById(context, id, options);
      }),
  );
  addStoreOptions(
    keys
      .command('reinstate')
      .description('Let a retired key open again.')
      .argument('<id>', 'as the status shows it')
      .addHelpText('after', `\nWith --json one object: id, state.\n${examples}`)
      .action(async (id: string, options: StoreOptions) => {
        const { reinstateKeyById } = await import('../actions/change-key.ts');
        await reinstateKeyById(context, id, options);
      }),
  );
}

const examples = `
Examples:
  $ oh-storage secrets keys
  $ oh-storage secrets rotate && oh-storage secrets keys retire 78ffd289b139b7ba`;
