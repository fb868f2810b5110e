import { parseJson } from '@oh/file-store-core/json';
import type { SettingsInput } from '@oh/settings-store';
import type { Storage } from '@oh/storage';
import type { CliContext } from '../cli-context.ts';
import { readSecret } from '../read-secret.ts';
import type { StoreOptions } from '../storage/store-options.ts';
import { toJsonLine } from '../to-json-line.ts';
import { UsageError } from '../usage-error.ts';
import { findSettingField, type SettingField } from './setting-fields.ts';
import { settingText } from './setting-text.ts';
import { shownSetting } from './shown-setting.ts';

/** Options of `settings set`. */
export interface SetSettingOptions extends StoreOptions {
  /** Takes the stored value back instead of setting one. */
  readonly unset?: boolean | undefined;
}

/** Stores a setting by compare-and-set. What is or holds a key comes from the terminal or from stdin; its mask means that it stays as it is, also in a URL. */
export async function setSetting(context: CliContext, name: string, given: string | undefined, options: SetSettingOptions): Promise<void> {
  const { signal } = context;
  const field = findSettingField(name);
  const value = options.unset === true ? refuseValue(given) : await readValue(context, name, field, given);
  const { settings } = await context.openStorage(options, 'write');
  await settings.update(() => ({ [name]: value }) as SettingsInput, { signal });
  await report(context, settings, name);
}

function refuseValue(given: string | undefined): null {
  if (given !== undefined) {
    throw new UsageError('with --unset no value is given');
  }
  return null;
}

async function readValue(
  context: CliContext,
  name: string,
  { isSecret, isJson }: SettingField,
  given: string | undefined,
): Promise<unknown> {
  if (isSecret && given !== undefined) {
    const what = isJson ? 'may hold keys' : 'is a key';
    throw new UsageError(`${name} ${what}, and a command line is seen by others on this computer; give it on stdin or at the prompt`);
  }
  if (!isSecret && given === undefined) {
    throw new UsageError(`the value of ${name} is missing; to take the stored one back write --unset`);
  }
  const text = given ?? (await readSecret(context, name));
  return isJson ? parseValue(text, name) : text;
}

function parseValue(text: string, name: string): unknown {
  try {
    return parseJson(text);
  } catch {
    // Its message quotes the text, which may hold keys.
    throw new UsageError(`the value of ${name} is JSON, and what was given is not`);
  }
}

async function report(context: CliContext, settings: Storage['settings'], name: string): Promise<void> {
  const { value, origins } = await settings.explain(name, { signal: context.signal });
  const [first] = origins;
  if (first !== undefined && first.layer !== 'stored' && first.layer !== 'default') {
    context.note(`${name} is ${settingText(value)} all the same: ${first.source} counts more than what is stored`);
  }
  if (context.json) {
    await context.output.write(toJsonLine({ field: name, value: shownSetting(value), origins }));
  }
}
