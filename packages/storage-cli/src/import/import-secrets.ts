import { FileStoreError, homeLayout, sessionsLayout } from '@oh/file-store-core';
import { FileSecretsStore, type ProviderType, UserSecrets } from '@oh/secrets-store';
import type { ImportParts } from './import-parts.ts';
import { noting } from './noting.ts';
import { readTarget } from './read-target.ts';

/** Imports the secrets of a user, encrypted. One that has another value at the target already stays as it is there, and is told. */
export async function importSecrets(userId: string | undefined, parts: ImportParts): Promise<void> {
  const { from, to, keys, hidden, unread, fernetPassphrases = [], dryRun, report, signal } = parts;
  const source = new FileSecretsStore({
    files: from,
    layout: sessionsLayout,
    userId,
    format: 'openhands',
    fernetPassphrase: '',
    previousFernetPassphrases: () => fernetPassphrases,
  });
  const secrets = await noting(sessionsLayout.openHandsSecrets(userId), unread, () => source.load({ signal }));
  if (secrets === null) {
    return;
  }
  for (const { error } of secrets.unreadable) {
    unread.add(error.path ?? source.path);
    report.damaged('secrets', error);
  }
  const target = new FileSecretsStore({ files: to, layout: homeLayout, userId, keys });
  const values = [
    ...Object.values(secrets.customSecrets).map(({ secret }) => secret),
    ...Object.values(secrets.providerTokens).map(({ token }) => token),
  ];
  hidden.update(Object.fromEntries(values.map((value) => [value.expose(), value.expose()])));
  const merged = mergeSecrets((await readTarget(() => target.load({ signal }))) ?? new UserSecrets(), secrets);
  report.add('secrets', 'present', merged.present);
  for (const name of merged.differing) {
    const message = `another value of ${JSON.stringify(name)} is stored already; delete one of the two`;
    report.failure(`the secret ${JSON.stringify(name)}`, new FileStoreError('already-exists', message, { path: target.path }));
  }
  if (!dryRun && merged.added > 0) {
    await target.update((current) => mergeSecrets(current, secrets).secrets, { signal });
  }
  report.add('secrets', 'new', merged.added);
}

interface MergedSecrets {
  readonly secrets: UserSecrets;
  readonly added: number;
  readonly present: number;
  readonly differing: readonly string[];
}

function mergeSecrets(current: UserSecrets, imported: UserSecrets): MergedSecrets {
  let [secrets, added, present] = [current, 0, 0];
  const differing: string[] = [];
  const merge = (name: string, isThere: boolean, isSame: boolean, add: () => UserSecrets): void => {
    if (!isThere) {
      secrets = add();
      added += 1;
    } else if (isSame) {
      present += 1;
    } else {
      differing.push(name);
    }
  };
  for (const [name, { secret, description }] of Object.entries(imported.customSecrets)) {
    const there = current.customSecrets[name];
    merge(name, there !== undefined, there?.secret.equals(secret) === true, () => secrets.withCustomSecret(name, secret, description));
  }
  for (const [provider, token] of Object.entries(imported.providerTokens)) {
    const there = current.providerTokens[provider];
    merge(provider, there !== undefined, there?.token.equals(token.token) === true, () =>
      secrets.withProviderToken(provider as ProviderType, token),
    );
  }
  return { secrets, added, present, differing };
}
