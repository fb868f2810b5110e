import { isMask } from '@oh/file-store-core/secrets';
import { findUrlCredentials } from '@oh/file-store-core/url-credentials';
import { parse } from 'smol-toml';
import { tryJson } from './checked-json.ts';

/** Files of OpenHands and of these packages that may hold secrets in clear, in whatever directory, with the copies that are kept of them. */
const suspects =
  /^(?:(?:secrets|settings|agent_settings|mcp|base_state|meta|provider_connections|[^/]+_oauth|openhands_agent_server_config)\.json|config\.toml|\.jwt_secret|\.keys)(?:\..+)?$/;
/**
 * Files whose names say too little without their directory: of each profile of OpenHands, with the keys of its model, the key of its command line to
 * OpenHands Cloud, and the tokens of Codex.
 */
const suspectPaths = /(?:^|\/)(?:(?:(?:agent-)?profiles\/[^/]+|\.codex\/auth)\.json|cloud\/api_key\.txt)(?:\.[^/]+)?$/;
/** Fields with secrets. */
const secretName = /(?:^|_)(?:apikey|keys?|token|secret|password|passwd|credentials?|authorization)$|^aws_(?:access_key_id|session_token)$/;
/** Objects whose fields are secrets, whatever they are called. */
const secretParent = /(?:^|_)(?:env|env_vars|headers|secrets|provider_tokens)$/;
/** Texts that are none, besides masks: what stars alone hide, what Fernet encrypted (https://github.com/fernet/spec), and what `@oh/secrets-store` sealed. */
const harmless = /^(?:\**|gAAAA[A-Za-z0-9_=-]+|ohs1(?:\.[A-Za-z0-9_-]+){3})$/;
/** What stands beside a secret, in the same object. */
const beside = /^(?:description|host|user_id|updated_at)$/;

/** Whether a file has to be looked into before it goes into a backup that is not encrypted. */
export function maySecretsBeIn(path: string): boolean {
  return suspects.test(nameOf(path)) || suspectPaths.test(path);
}

/**
 * Whether a file that {@link maySecretsBeIn} holds a secret in clear; what cannot be read as what its name says counts as one.
 */
export function holdsPlainSecret(path: string, contents: Uint8Array): boolean {
  const name = nameOf(path);
  const text = Buffer.from(contents).toString();
  if (name.startsWith('.jwt_secret') || name.startsWith('api_key.txt')) {
    return text !== '';
  }
  const value = name.startsWith('config.toml') ? tryToml(text) : tryJson(text);
  return value === undefined ? text.trim() !== '' : isPlain(value, name.startsWith('secrets.json'));
}

/** The value, or `undefined` for a text that is no TOML: the error repeats a part of the text. */
function tryToml(text: string): unknown {
  try {
    return parse(text);
  } catch {
    return undefined;
  }
}

function isPlain(value: unknown, isSecret: boolean): boolean {
  if (typeof value === 'string') {
    return (isSecret && !isHarmless(value)) || findUrlCredentials(value).some(({ password }) => !isHarmless(password));
  }
  if (typeof value !== 'object' || value === null) {
    return false;
  }
  const isRecord = 'secret' in value || 'token' in value;
  const isBelow = isSecret && !isSource(value);
  return Object.entries(value).some(([name, child]) => {
    const isLabel = typeof child === 'string' && ((isRecord && beside.test(name)) || isMark(name, child));
    return !isLabel && isPlain(child, isBelow || isSecretName(toSnakeCase(name)) || isValue(name, value));
  });
}

function isHarmless(text: string): boolean {
  return isMask(text) || harmless.test(text);
}

function isSecretName(name: string): boolean {
  return secretName.test(name) || secretParent.test(name);
}

/** `authToken` and `auth-token` are names of what `auth_token` is one of. */
function toSnakeCase(name: string): string {
  return name
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replaceAll('-', '_')
    .toLowerCase();
}

/** What the encrypted files of these packages have: their name, and keys that a sealer of the application's own encrypted. */
function isMark(name: string, value: string): boolean {
  return name === '$sealed' || (name === 'format' && value === 'oh-secrets');
}

/** What OpenHands has of a secret: `{ kind: 'StaticSecret', value, description }`, or where it is looked up. */
function isSource(value: object): boolean {
  return 'kind' in value && typeof value.kind === 'string' && value.kind.endsWith('Secret');
}

/** Of a source, or of what an MCP server is called with: `{ strategy: 'bearer', value }`. */
function isValue(name: string, parent: object): boolean {
  return name === 'value' && (isSource(parent) || 'strategy' in parent);
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
