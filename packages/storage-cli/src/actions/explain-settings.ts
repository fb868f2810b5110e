import type { SettingExplanation } from '@oh/settings-store';
import type { CliContext } from '../cli-context.ts';
import { formatTable } from '../format-table.ts';
import type { StoreOptions } from '../storage/store-options.ts';
import { toJsonLine } from '../to-json-line.ts';
import { findSettingField, settingFields } from './setting-fields.ts';
import { settingText } from './setting-text.ts';
import { shownSetting } from './shown-setting.ts';

/** Shows where the values of settings come from, and what they hide. */
export async function explainSettings(context: CliContext, name: string | undefined, options: StoreOptions): Promise<void> {
  const { signal } = context;
  if (name !== undefined) {
    findSettingField(name);
  }
  const { settings } = await context.openStorage(options);
  const fields = name === undefined ? [...settingFields().keys()] : [name];
  const explanations = await Promise.all(fields.map((field) => settings.explain(field, { signal })));
  const text = context.json
    ? explanations.map((each) => toJsonLine({ ...each, value: shownSetting(each.value) })).join('')
    : await formatTable(explanations.flatMap(toRows), { head: ['setting', 'layer', 'from', 'value'], columns: context.io.columns });
  await context.output.write(text);
}

/** The origin that counts has the value; those below it are hidden by it. */
function toRows({ field, value, origins }: SettingExplanation): readonly (readonly string[])[] {
  return origins.map(({ layer, source }, index) => {
    const from = layer === 'default' ? '-' : source;
    return index === 0 ? [field, layer, from, settingText(value)] : ['', layer, from, '(hidden by the above)'];
  });
}
