import type { Command } from 'commander';
import type { SetSettingOptions } from '../actions/set-setting.ts';
import type { CliContext } from '../cli-context.ts';
import type { StoreOptions } from '../storage/store-options.ts';
import { addStoreOptions } from './add-store-options.ts';

/** Adds `settings` with `get`, `set` and `explain`. */
export function addSettingsCommand(program: Command, context: CliContext): void {
  const settings = program
    .command('settings')
    .description('Show and change settings, and where they come from.')
    .addHelpText('after', examples);
  addStoreOptions(
    settings
      .command('get')
      .description('Show the settings that count, or one of them. Keys are shown as **********.')
      .argument('[key]', 'such as llm_model')
      .addHelpText('after', `\nWith --json one object, or the value.\n${examples}`)
      .action(async (key: string | undefined, options: StoreOptions) => {
        const { getSettings } = await import('../actions/get-settings.ts');
        await getSettings(context, key, options);
      }),
  );
  addStoreOptions(
    settings
      .command('set')
      .description('Store a setting. Keys, and what may hold some, come from a hidden prompt or from stdin.')
      .argument('<key>', 'such as llm_model')
      .argument('[value]', 'text, a number, true or false; not for keys')
      .option('--unset', 'take the stored value back')
      .addHelpText('after', setExamples)
      .action(async (key: string, value: string | undefined, options: SetSettingOptions) => {
        const { setSetting } = await import('../actions/set-setting.ts');
        await setSetting(context, key, value, options);
      }),
  );
  addStoreOptions(
    settings
      .command('explain')
      .description('Show where the value of a setting, or of each, comes from, and what it hides.')
      .argument('[key]', 'such as llm_model')
      .addHelpText('after', `\nWith --json a line for each: field, value, origins.\n${examples}`)
      .action(async (key: string | undefined, options: StoreOptions) => {
        const { explainSettings } = await import('../actions/explain-settings.ts');
        await explainSettings(context, key, options);
      }),
  );
}

const examples = `
Variables such as LLM_MODEL and the config.toml of OpenHands count more than what is stored.

Examples:
  $ oh-storage settings get llm_model
  $ oh-storage settings set llm_model openai/gpt-5
  $ oh-storage settings set llm_api_key                      (asks for the key, and does not show it)
  $ oh-storage settings explain llm_model`;

const setExamples = `
A key that is given as ********** stays as it is. mcp_config is JSON. With --json one object: field, value, origins.
${examples}
  $ oh-storage settings set mcp_config < mcp.json
  $ oh-storage settings set llm_base_url --unset`;
