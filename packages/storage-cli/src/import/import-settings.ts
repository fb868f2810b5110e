import { FileStoreError, homeLayout, sessionsLayout } from '@oh/file-store-core';
import { isExposable, isMask } from '@oh/file-store-core/secrets';
import { findUrlCredentials, type UrlCredentials } from '@oh/file-store-core/url-credentials';
import { FileSettingsStore, type SettingsInput } from '@oh/settings-store';
import { readAgentServerSettings } from './agent-server-settings.ts';
import { readCommandLineSettings } from './command-line-settings.ts';
import type { ImportParts } from './import-parts.ts';
import { noting } from './noting.ts';
import { readTarget } from './read-target.ts';

/** Imports the settings of a user, keys encrypted. Settings that are at the target already stay as they are, and are told when they are others. */
export async function importSettings(userId: string | undefined, parts: ImportParts): Promise<void> {
  const found = await noting(
    sessionsLayout.settings(userId),
    parts.unread,
    async () => (await readAgentServerSettings(userId, parts)) ?? (await readServerSettings(userId, parts)),
  );
  if (found !== undefined) {
    hide(found, parts);
    await storeSettings(found.settings, userId, parts);
  }
}

/** Imports the settings of OpenHands' command line, unless there are those of a server beside them: then its keys are kept out of events, and no more. */
export async function importCommandLineSettings(parts: ImportParts): Promise<void> {
  const { from, signal } = parts;
  const found = await readCommandLineSettings(parts);
  hide(found, parts);
  if (Object.keys(found.settings).length > 0 && !(await from.exists(sessionsLayout.settings(), { signal }))) {
    await storeSettings(found.settings, undefined, parts);
  }
}

/** No event that is imported later holds what is secret in `found`. */
function hide(found: object, { hidden }: ImportParts): void {
  hidden.update(Object.fromEntries(secretsIn(found).map((text) => [text, text])));
}

async function storeSettings(
  settings: SettingsInput,
  userId: string | undefined,
  { to, keys, dryRun, report, signal }: ImportParts,
): Promise<void> {
  const target = new FileSettingsStore({ files: to, layout: homeLayout, userId, sealer: keys });
  const present = await readTarget(() => target.load({ signal }));
  if (present !== null) {
    checkSame(present, settings, userId);
    report.add('settings', 'present');
    return;
  }
  if (!dryRun) {
    await target.store(settings, { signal });
  }
  report.add('settings', 'new');
}

async function readServerSettings(
  userId: string | undefined,
  { from, signal }: ImportParts,
): Promise<{ readonly settings: SettingsInput } | undefined> {
  const source = new FileSettingsStore({ files: from, layout: sessionsLayout, userId, format: 'openhands' });
  const settings = await source.load({ signal });
  return settings === null ? undefined : { settings };
}

/** @throws {FileStoreError} `already-exists` when a field of the source has another value at the target. */
function checkSame(present: object, settings: object, userId: string | undefined): void {
  const there = new Map(Object.entries(present));
  const isSame = Object.entries(settings).every(([field, value]) => exposed(there.get(field)) === exposed(value));
  if (!isSame) {
    const path = homeLayout.settings(userId);
    throw new FileStoreError('already-exists', `other settings are stored already at ${JSON.stringify(path)}; they stay as they are`, {
      path,
    });
  }
}

/** A value with the keys in it, to be compared and nothing else. */
function exposed(value: unknown): string {
  return JSON.stringify([value], function (this: Readonly<Record<string, unknown>>, key: string, shown: unknown) {
    const held = this[key];
    return isExposable(held) ? held.expose() : shown;
  });
}

/** Shorter ones are words such as `ollama`, which stand in for a key, and in events for themselves. */
const minHiddenLength = 16;

/** A header such as `Authorization` has more than the token, which programs hand on without it. @see https://www.rfc-editor.org/rfc/rfc9110#section-11.4 */
const credentials = /^(?:Basic|Bearer|Token) +(\S+)$/i;

/** What no event may hold: keys, and passwords of URLs. */
function secretsIn(value: unknown): readonly string[] {
  if (isExposable(value)) {
    const text = value.expose();
    return [text, ...(credentials.exec(text)?.slice(1) ?? [])].filter(isLong);
  }
  if (typeof value === 'string') {
    return findUrlCredentials(value).flatMap(toSecrets);
  }
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(secretsIn) : [];
}

/** However short a password is, where it stands in the URL it is no other word. */
function toSecrets({ username, password }: UrlCredentials): readonly string[] {
  return isMask(password) ? [] : [`${username}:${password}@`, ...[...new Set([password, decoded(password)])].filter(isLong)];
}

/** As programs hand it on. */
function decoded(password: string): string {
  try {
    return decodeURIComponent(password);
  } catch {
    // It was never encoded.
    return password;
  }
}

function isLong(text: string): boolean {
  return text.length >= minHiddenLength;
}
