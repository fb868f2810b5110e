import { FileStoreError, MemoryFileStore, readIfThere, sessionsLayout } from '@oh/file-store-core';
import { isMask, Secret } from '@oh/file-store-core/secrets';
import { Fernet } from '@oh/secrets-store';
import { FileSettingsStore, type SettingsInput } from '@oh/settings-store';
import type { ImportParts } from './import-parts.ts';

/** A JSON object. */
type Fields = Readonly<Record<string, unknown>>;

/** What an import takes of the settings of an agent of OpenHands 1.x, and what it keeps out of events. */
export interface AgentSettings {
  /** As those of the server: the model with its key and address, and how conversations are run. The rest says nothing to other programs. */
  readonly settings: SettingsInput;
  /** All of its agent, with its keys, such as those of MCP servers, as what can be exposed. */
  readonly agent: unknown;
}

/**
 * Reads the settings of the agent server, whose files are told by their version from those of OpenHands' own server: where both are used, either may have
 * written the file.
 *
 * @returns `undefined` where there are none. @throws {FileStoreError} `permission-denied` when a key does not open.
 */
export async function readAgentServerSettings(
  userId: string | undefined,
  { from, fernetPassphrases = [], signal }: ImportParts,
): Promise<AgentSettings | undefined> {
  const path = sessionsLayout.settings(userId);
  const stored = toFields((await readIfThere(from, path, { signal }))?.text);
  if (!('schema_version' in stored) || '$schema' in stored) {
    return undefined;
  }
  const agent_settings = openTokens(stored['agent_settings'], path, fernetPassphrases);
  const { max_iterations, confirmation_mode, security_analyzer } = objectOf(stored['conversation_settings']);
  const conversation = Object.fromEntries(present({ max_iterations, confirmation_mode, security_analyzer }));
  return { settings: { ...toSettings(agent_settings), ...conversation }, agent: await findKeys(agent_settings, signal) };
}

/** The model of an agent, with its key and address, as settings. */
export function toSettings(agent: unknown): SettingsInput {
  const { model, base_url, api_key } = objectOf(objectOf(agent)['llm']);
  const llm_api_key = typeof api_key !== 'string' || api_key === '' || isMask(api_key) ? undefined : new Secret(api_key);
  return Object.fromEntries(present({ llm_model: model, llm_base_url: base_url, llm_api_key }));
}

function present(fields: Fields): readonly (readonly [string, unknown])[] {
  return Object.entries(fields).filter(([, value]) => value !== undefined && value !== null);
}

/** The settings of an agent with what is a key as what can be exposed: the store of settings knows where keys stand. */
export async function findKeys(agent_settings: unknown, signal: AbortSignal | undefined): Promise<unknown> {
  const files = new MemoryFileStore();
  await files.write(sessionsLayout.settings(), JSON.stringify({ agent_settings }), { signal });
  const store = new FileSettingsStore({ files, layout: sessionsLayout, format: 'openhands' });
  return (await store.load({ signal }))?.['agent_settings'];
}

/** @returns None of a text that is no JSON: whoever reads it next says so. */
function toFields(text = ''): Fields {
  try {
    return objectOf(JSON.parse(text));
  } catch {
    // What the parser says of the text may be a part of a key.
    return {};
  }
}

/**
 * The value with the text of each Fernet token in it.
 *
 * @param path The file it is from. @throws {FileStoreError} `permission-denied`, naming the file, when a token does not open.
 */
export function openTokens(value: unknown, path: string, passphrases: readonly string[]): unknown {
  if (typeof value === 'string' && Fernet.isToken(value)) {
    for (const passphrase of passphrases) {
      const text = Fernet.fromPassphrase(passphrase).decrypt(value);
      if (text !== undefined) {
        return text;
      }
    }
    const message = `a key in ${JSON.stringify(path)} does not open; give its passphrase in OH_SECRET_KEY, or one of before a rotation in OH_PREVIOUS_SECRET_KEYS`;
    throw new FileStoreError('permission-denied', message, { path });
  }
  if (Array.isArray(value)) {
    return value.map((each) => openTokens(each, path, passphrases));
  }
  return typeof value === 'object' && value !== null
    ? Object.fromEntries(Object.entries(value).map(([name, each]) => [name, openTokens(each, path, passphrases)]))
    : value;
}

function objectOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}
