import { tryJson } from './checked-json.ts';

/** Files of OpenHands and of these packages that may hold secrets in clear, in whatever directory, with the copies that are kept of them. */
const suspects = /^(?:secrets\.json|settings\.json|base_state\.json|config\.toml|\.jwt_secret)(?:\..+)?$/;
/** Fields with secrets. */
const secretName =
  /(?:^|_)(?:api_?key|key|token|secret|password|passwd|credentials?|authorization)$|^aws_(?:access_key_id|session_token)$/i;
/** Objects whose fields are secrets, whatever they are called. */
const secretParent = /^(?:env|headers|extra_headers|custom_secrets|provider_tokens)$/;
/** Texts that are none: masks, what Fernet encrypted (https://github.com/fernet/spec), and what `@oh/secrets-store` sealed. */
const harmless = /^(?:\**|<secret[_-]hidden>|gAAAA[A-Za-z0-9_=-]+|ohs1(?:\.[A-Za-z0-9_-]+){3})$/;
/** What stands beside a secret, in the same object. */
const beside = /^(?:description|host|user_id|updated_at)$/;
const tomlSecret = /^\s*"?[\w-]*(?:api_?key|token|secret|password|passwd|access_key_id)"?\s*=\s*["'][^"']+["']/im;

/** Whether a file has to be looked into before it goes into a backup that is not encrypted. */
export function maySecretsBeIn(path: string): boolean {
  return suspects.test(nameOf(path));
}

/**
 * Whether a file that {@link maySecretsBeIn} holds a secret in clear; what cannot be read as what its name says counts as one.
 */
export function holdsPlainSecret(path: string, contents: Uint8Array): boolean {
  const name = nameOf(path);
  const text = Buffer.from(contents).toString();
  if (name.startsWith('.jwt_secret')) {
    return text !== '';
  }
  if (name.startsWith('config.toml')) {
    return tomlSecret.test(text);
  }
  const value = tryJson(text);
  return value === undefined ? text.trim() !== '' : isPlain(value, name.startsWith('secrets.json'));
}

function isPlain(value: unknown, isSecret: boolean): boolean {
  if (typeof value === 'string') {
    return isSecret && !harmless.test(value);
  }
  if (typeof value !== 'object' || value === null) {
    return false;
  }
  const isRecord = 'secret' in value || 'token' in value;
  return Object.entries(value).some(([name, child]) => {
    const isLabel = typeof child === 'string' && ((isRecord && beside.test(name)) || isMark(name, child));
    return !isLabel && isPlain(child, isSecret || secretName.test(name) || secretParent.test(name));
  });
}

/** What the encrypted files of these packages have: their name, and keys that a sealer of the application's own encrypted. */
function isMark(name: string, value: string): boolean {
  return name === '$sealed' || (name === 'format' && value === 'oh-secrets');
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
