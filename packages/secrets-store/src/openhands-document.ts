import { isJsonObject, parseSecretsObject, unreadableSecrets } from './json-object.ts';
import type { SecretsSection } from './user-secrets.ts';

/** How OpenHands writes its file: its own server, in plain text, or its agent server, as Fernet tokens. */
export type OpenHandsForm = 'openhands' | 'agent-server';

/** The `secrets.json` of OpenHands, as it is stored. It never changes. */
export interface OpenHandsDocument extends Readonly<Record<SecretsSection, ReadonlyMap<string, unknown>>> {
  /** The random token of each value that the agent server has told somebody; another one for each new value. */
  readonly credentialVersions: ReadonlyMap<string, unknown>;
  /** All other fields. */
  readonly unknownFields: Readonly<Record<string, unknown>>;
}

/** Reads the text of the file; `undefined`: there is none. @throws {FileStoreError} `corrupt`, naming the file and nothing of its contents. */
export function parseOpenHandsDocument(text: string | undefined, path: string): OpenHandsDocument {
  const object = text === undefined ? {} : parseSecretsObject(text, path);
  const { provider_tokens, custom_secrets, _credential_versions, ...unknownFields } = object;
  return {
    provider_tokens: toMap(provider_tokens, 'provider_tokens', path),
    custom_secrets: toMap(custom_secrets, 'custom_secrets', path),
    credentialVersions: toMap(_credential_versions, '_credential_versions', path),
    unknownFields,
  };
}

/** Writes the file as OpenHands does: compact UTF-8, or in the form of the agent server indented ASCII, as Python's `json` has it. */
export function serializeOpenHandsDocument(document: OpenHandsDocument, form: OpenHandsForm): string {
  const { provider_tokens, custom_secrets, credentialVersions, unknownFields } = document;
  const versions = credentialVersions.size === 0 ? {} : { _credential_versions: Object.fromEntries(credentialVersions) };
  const tokens = provider_tokens.size === 0 && form === 'agent-server' ? {} : { provider_tokens: Object.fromEntries(provider_tokens) };
  const object = { ...tokens, custom_secrets: Object.fromEntries(custom_secrets), ...versions, ...unknownFields };
  return form === 'openhands' ? JSON.stringify(object) : toAscii(JSON.stringify(object, undefined, 2));
}

/** Whether there is nothing in it that anybody could miss. */
export function isEmptyOpenHandsDocument({ provider_tokens, custom_secrets, unknownFields }: OpenHandsDocument): boolean {
  return provider_tokens.size + custom_secrets.size + Object.keys(unknownFields).length === 0;
}

function toMap(value: unknown, field: string, path: string): ReadonlyMap<string, unknown> {
  if (value === undefined || value === null) {
    return new Map();
  }
  if (!isJsonObject(value)) {
    throw unreadableSecrets(path, `its ${field} are no JSON object`);
  }
  return new Map(Object.entries(value));
}

/** DEL is ASCII and stays. */
function toAscii(json: string): string {
  return json.replaceAll(/[\u0080-\uffff]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
