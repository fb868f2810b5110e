import { type FileStore, FileStoreError, homeLayout } from '@oh/file-store-core';
import { migrateSecrets } from '@oh/secrets-store';
import type { LegacySecretsReceiver } from '@oh/settings-store';
import { filesLeftBelow, readIfLeft } from '../files-left.ts';
import type { Finding, Protocol, Target } from '../protocol.ts';
import { SealedData } from '../sealed-data.ts';

/** What the writer has open. */
const opened = new WeakMap<FileStore, SealedData>();

/**
 * One change writes secrets and settings of a user as OpenHands does, in plain text; the next one migrates them. Wherever that is cut off, each secret is in the old
 * file or in the new one, and the migration can be repeated; once it was acknowledged, no plain text is left.
 */
export const migration: Protocol = {
  keys: 1,
  workersPerKey: 1,
  async step(target, sequence) {
    const data = opened.get(target.store) ?? new SealedData(target);
    opened.set(target.store, data);
    const user = Math.ceil(sequence / 2);
    await (sequence % 2 === 1 ? writePlain(data, target, user) : migrate(data, user));
    return sequence;
  },
  async check(target, { acknowledged }) {
    const data = new SealedData(target);
    const findings: Finding[] = [];
    for (let user = 1; 2 * user - 1 <= acknowledged; user += 1) {
      findings.push(...(2 * user <= acknowledged ? await findPlain(target, user) : []));
      try {
        findings.push(...(await findMissing(data, target, user)));
        await migrate(data, user);
        findings.push(...(await findMissing(data, target, user)), ...(await findPlain(target, user)));
      } catch (error) {
        if (!(error instanceof FileStoreError)) {
          throw error;
        }
        findings.push({ kind: 'lost', message: `${target.path}, user ${user}, with ${acknowledged} acknowledged: ${error.message}` });
      }
    }
    return findings;
  },
};

/** The texts that must be seen nowhere once they were migrated. */
function plainTexts(
  { author }: Target,
  user: number,
): { readonly token: string; readonly secret: string; readonly key: string; readonly old: string } {
  const text = (kind: string): string => `plain-${kind}-${user}-${author}-`;
  return { token: text('token'), secret: text('secret'), key: text('key'), old: text('old') };
}

async function writePlain({ files }: SealedData, target: Target, user: number): Promise<void> {
  const { token, secret, key, old } = plainTexts(target, user);
  const secrets = { provider_tokens: { github: { token } }, custom_secrets: { NAME: { secret, description: '' } } };
  const settings = { language: 'de', llm_api_key: key, secrets_store: { custom_secrets: { OLD: { secret: old, description: '' } } } };
  await files.write(homeLayout.openHandsSecrets(idOf(user)), JSON.stringify(secrets));
  await files.write(homeLayout.settings(idOf(user)), JSON.stringify(settings));
}

async function migrate(data: SealedData, user: number): Promise<void> {
  const { files, keys } = data;
  const secrets = data.secrets(idOf(user));
  await migrateSecrets({ files, keys, userId: idOf(user) });
  const receiver: LegacySecretsReceiver = {
    receive: async ({ customSecrets }, options) => {
      for (const [name, { secret, description }] of Object.entries(customSecrets)) {
        await secrets.setSecret(name, secret.expose(), description ?? undefined, options);
      }
    },
    load: (options) => secrets.load(options),
  };
  await data.settings(idOf(user)).handOverSecrets(receiver);
  await data.settings(idOf(user)).update(() => ({ language: 'fr' }));
}

/** Each secret of the user that is in neither form. */
async function findMissing(data: SealedData, target: Target, user: number): Promise<readonly Finding[]> {
  const loaded = await data.secrets(idOf(user)).load();
  const settings = await data.settings(idOf(user)).load();
  const wanted = plainTexts(target, user);
  const stillThere = await readIfThere(data.files, homeLayout.settings(idOf(user)));
  const found = {
    token: loaded?.providerTokens['github']?.token.expose(),
    secret: loaded?.customSecrets['NAME']?.secret.expose(),
    key: settings?.llm_api_key?.expose(),
    old: loaded?.customSecrets['OLD']?.secret.expose() ?? (stillThere.includes(wanted.old) ? wanted.old : undefined),
  };
  const missing = Object.entries(wanted).filter(([kind, text]) => found[kind as keyof typeof found] !== text);
  return missing.map(([kind]) => ({ kind: 'lost', message: `${target.path}, user ${user}: the ${kind} is gone` }));
}

async function readIfThere(files: FileStore, path: string): Promise<string> {
  return (await files.exists(path)) ? await files.read(path) : '';
}

/** Each text of the user that lies in plain text in a file below the root. */
async function findPlain(target: Target, user: number): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for await (const file of filesLeftBelow(target.root)) {
    const bytes = await readIfLeft(file);
    const seen = Object.values(plainTexts(target, user)).filter((text) => bytes.includes(text));
    findings.push(...seen.map((text): Finding => ({ kind: 'torn', message: `${text} lies in plain text in ${file}` })));
  }
  return findings;
}

function idOf(user: number): string {
  return `u${user}`;
}
