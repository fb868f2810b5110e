import type { CliContext } from '../cli-context.ts';
import { escapeControl } from '../escape-control.ts';
import { formatTable } from '../format-table.ts';
import type { StoreOptions } from '../storage/store-options.ts';
import { toJsonLine } from '../to-json-line.ts';
import { findSettingField } from './setting-fields.ts';
import { settingText } from './setting-text.ts';
import { shownSetting } from './shown-setting.ts';

/** Shows the settings that count, or one of them; keys are masked. */
export async function getSettings(context: CliContext, name: string | undefined, options: StoreOptions): Promise<void> {
  const { signal } = context;
  if (name !== undefined) {
    findSettingField(name);
    const { settings } = await context.openStorage(options);
    const { value } = await settings.explain(name, { signal });
    await context.output.write(context.json ? toJsonLine(shownSetting(value)) : `${escapeControl(settingText(value))}\n`);
    return;
  }
  const { settings } = await context.openStorage(options);
  const loaded = await settings.load({ signal });
  if (context.json) {
    await context.output.write(toJsonLine(shownSetting(loaded)));
  } else if (loaded === null) {
    context.note('no settings: nothing is stored and nothing given from outside');
  } else {
    const rows = Object.entries(loaded).map(([field, value]) => [field, settingText(value)]);
    await context.output.write(await formatTable(rows, { head: ['setting', 'value'], columns: context.io.columns }));
  }
}
