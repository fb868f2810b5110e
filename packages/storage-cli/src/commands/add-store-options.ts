import { type Command, Option } from 'commander';
import { layoutNames } from '../storage/store-options.ts';

/** Adds the options of `StoreOptions` to a command that has its own already, so that the help shows those first. */
export function addStoreOptions(command: Command): Command {
  const store = 'a store URL (default: OH_STORAGE_URL, the configuration, ~/.openhands)';
  const layout = 'how it lies there (default: sessions where the store has sessions/ and no conversations/, else home)';
  return command
    .optionsGroup('Where the data lies:')
    .addOption(new Option('--store <url>', store).conflicts('config'))
    .option('--config <file>', "OpenHands' config.toml, which names the store (default: the one in the working directory)")
    .addOption(new Option('--layout <name>', layout).choices(layoutNames))
    .option('--user <id>', 'whose data');
}
