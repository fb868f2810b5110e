import { FileStoreError, hasErrorCode, sessionsLayout } from '@oh/file-store-core';
import { isMask, Secret } from '@oh/file-store-core/secrets';
import { Fernet } from '@oh/secrets-store';
import type { SettingsInput } from '@oh/settings-store';
import type { ImportParts } from './import-parts.ts';

/** A JSON object. */
type Fields = Readonly<Record<string, unknown>>;

/**
 * The settings of the agent server as those of the server: the model with its key and address, and how conversations are run. The rest
 * says nothing to other programs.
 *
 * @returns `undefined` where there are none. @throws {FileStoreError} `corrupt`; `permission-denied` when the key does not open.
 */
export async function readAgentServerSettings({ from, fernetPassphrases = [], signal }: ImportParts): Promise<SettingsInput | undefined> {
  const path = sessionsLayout.settings();
  const settings = await readObject(path, async () => await from.read(path, { signal }));
  if (settings === undefined) {
    return undefined;
  }
  const { model, base_url, api_key } = objectOf(objectOf(settings['agent_settings'])['llm']);
  const { max_iterations, confirmation_mode, security_analyzer } = objectOf(settings['conversation_settings']);
  const fields = {
    llm_model: model,
    llm_base_url: base_url,
    llm_api_key: openKey(api_key, path, fernetPassphrases),
    max_iterations,
    confirmation_mode,
    security_analyzer,
  };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined && value !== null));
}

async function readObject(path: string, read: () => Promise<string>): Promise<Fields | undefined> {
  try {
    return objectOf(JSON.parse(await read()));
  } catch (error) {
    if (hasErrorCode(error, 'not-found')) {
      return undefined;
    }
    if (error instanceof SyntaxError) {
      // What the parser says of the text may be a part of a key.
      throw new FileStoreError('corrupt', `the settings at ${JSON.stringify(path)} cannot be read: they are not JSON`, { path });
    }
    throw error;
  }
}

function openKey(value: unknown, path: string, passphrases: readonly string[]): Secret | undefined {
  if (typeof value !== 'string' || value === '' || isMask(value)) {
    return undefined;
  }
  if (!Fernet.isToken(value)) {
    return new Secret(value);
  }
  for (const passphrase of passphrases) {
    const key = Fernet.fromPassphrase(passphrase).decrypt(value);
    if (key !== undefined) {
      return new Secret(key);
    }
  }
  const message = `the key in ${JSON.stringify(path)} does not open; give its passphrase in OH_SECRET_KEY, or one of before a rotation in OH_PREVIOUS_SECRET_KEYS`;
  throw new FileStoreError('permission-denied', message, { path });
}

function objectOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}
