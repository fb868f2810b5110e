import { FileStoreError } from '@oh/file-store-core';
import { isMask, type Secret } from '@oh/file-store-core/secrets';
import type { SecretsSection, UserSecrets } from './user-secrets.ts';

/** The longest name, in UTF-16 units. */
const maxNameLength = 1024;

/** A secret to store. */
export interface SecretDraft {
  readonly secret: Secret;
  /** What is stored beside it in clear, such as its description; what is not named stays as it is. */
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** What is a text beside a secret, or null: a record in which it is something else could not be read again. */
const textFields = ['description', 'host', 'user_id'];

/** A provider of whatever version. */
const providerName = /^[a-z][a-z0-9_]{0,63}$/;

/** One step from what is stored to what is to be. */
export interface SecretsChange {
  readonly section: SecretsSection;
  readonly name: string;
  /** What takes the place of the secret; `undefined`: nothing. */
  readonly draft: SecretDraft | undefined;
}

/** The steps that make `current` what `next` is; what is the same in both has none. */
export function toChanges(current: UserSecrets, next: UserSecrets): SecretsChange[] {
  const before = toDrafts(current);
  const after = toDrafts(next);
  const removed = [...before].filter(([key]) => !after.has(key)).map(([, { section, name }]) => ({ section, name, draft: undefined }));
  const changed = [...after].filter(([key, change]) => !isSame(before.get(key)?.draft, change.draft)).map(([, change]) => change);
  return [...removed, ...changed];
}

/** @throws {FileStoreError} `invalid-argument` for a name or a value that cannot be stored. */
export function checkChange({ section, name, draft }: SecretsChange): void {
  if (draft === undefined) {
    return;
  }
  if (section === 'provider_tokens' && !providerName.test(name)) {
    throw new FileStoreError('invalid-argument', `no provider: ${JSON.stringify(name)}`);
  }
  if (name === '' || name.length > maxNameLength || !name.isWellFormed() || name.includes('\0')) {
    throw new FileStoreError(
      'invalid-argument',
      `the name of a secret has 1 to ${maxNameLength} characters, none of them NUL or a lone surrogate`,
    );
  }
  const problem = problemOf(draft, section);
  if (problem !== undefined) {
    throw new FileStoreError('invalid-argument', `the secret ${JSON.stringify(name)} cannot be stored: ${problem}`);
  }
}

function problemOf({ secret, attributes }: SecretDraft, section: SecretsSection): string | undefined {
  const text = secret.expose();
  if (isMask(text)) {
    return 'its value is a mask, what a secret looks like when it is shown';
  }
  if (text === '' && section === 'provider_tokens') {
    return 'a token is not empty';
  }
  const noText = textFields.find((field) => typeof (attributes[field] ?? '') !== 'string');
  if (noText !== undefined) {
    return `its ${noText} is neither a text nor null`;
  }
  const isWellFormed = [text, ...Object.values(attributes)].every((each) => typeof each !== 'string' || each.isWellFormed());
  return isWellFormed ? undefined : 'it has a lone surrogate, which UTF-8 cannot hold';
}

function toDrafts({ providerTokens, customSecrets }: UserSecrets): ReadonlyMap<string, SecretsChange & { readonly draft: SecretDraft }> {
  const tokens = Object.entries(providerTokens).map(([name, { token: secret, ...attributes }]) => {
    return { section: 'provider_tokens', name, draft: { secret, attributes } } as const;
  });
  const customs = Object.entries(customSecrets).map(([name, { secret, ...attributes }]) => {
    return { section: 'custom_secrets', name, draft: { secret, attributes } } as const;
  });
  return new Map([...tokens, ...customs].map((change) => [`${change.section} ${change.name}`, change]));
}

function isSame(current: SecretDraft | undefined, next: SecretDraft): boolean {
  return (
    current?.secret.equals(next.secret) === true &&
    Object.entries(next.attributes).every(([field, value]) => current.attributes[field] === value)
  );
}
