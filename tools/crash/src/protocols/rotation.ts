import { type FileStore, FileStoreError, homeLayout, MemoryFileStore } from '@oh/file-store-core';
import { type KeyUse, keyStatus, retireKey, rotateKeys } from '@oh/secrets-store';
import { FileSettingsStore } from '@oh/settings-store';
import type { Bounds, Finding, Protocol, Target } from '../protocol.ts';
import { SealedData } from '../sealed-data.ts';

/** What the writer has open. */
const opened = new WeakMap<FileStore, SealedData>();

/**
 * Two changes store a secret and a key in settings; the third rotates, and destroys all keys but the newest. The first one migrates settings of OpenHands, so that there is a
 * backup too. Every acknowledged secret opens.
 */
export const rotation: Protocol = {
  keys: 1,
  workersPerKey: 1,
  async step(target, sequence) {
    const data = opened.get(target.store) ?? new SealedData(target);
    opened.set(target.store, data);
    if (isRotation(sequence)) {
      await rotateAndDestroy(data);
    } else {
      const value = textOf(target, sequence);
      if (sequence === 1) {
        await data.files.write(homeLayout.settings(), JSON.stringify({ llm_api_key: textOf(target, 0) }));
      }
      await data.secrets().setSecret(nameOf(sequence), value);
      await data.settings().update(() => ({ llm_api_key: value }));
    }
    return sequence;
  },
  async check(target, bounds) {
    const data = new SealedData(target);
    const checkAll = async (): Promise<readonly Finding[]> =>
      (await Promise.all([checkSecrets, checkSettings, checkBackup].map(async (check) => await check(data, target, bounds)))).flat();
    try {
      const findings = await checkAll();
      await data.secrets().setSecret('AFTER', 'the cut');
      await rotateAndDestroy(data);
      return [...findings, ...(await checkAll())];
    } catch (error) {
      if (error instanceof FileStoreError) {
        return [{ kind: 'lost', message: `${target.path}, wanted ${bounds.acknowledged} to ${bounds.started}: ${error.message}` }];
      }
      throw error;
    }
  },
};

async function rotateAndDestroy(data: SealedData): Promise<void> {
  const use: KeyUse = { keys: data.keys, holders: [data.secrets(), data.settings()] };
  const { errors } = await rotateKeys(use);
  for (const error of errors) {
    throw error;
  }
  for (const { id, state } of await keyStatus(use)) {
    if (state === 'active') {
      await retireKey(use, id);
    }
    if (state !== 'current') {
      await data.keys.destroyKey(id);
    }
  }
}

async function checkSecrets(data: SealedData, target: Target, { acknowledged, started }: Bounds): Promise<readonly Finding[]> {
  const secrets = await data.secrets().load();
  const findings: Finding[] = (secrets?.unreadable ?? []).map(({ error }) => ({ kind: 'lost', message: error.message }));
  for (let sequence = 1; sequence <= started; sequence += 1) {
    const value = secrets?.customSecrets[nameOf(sequence)]?.secret.expose();
    if (!isRotation(sequence) && value !== textOf(target, sequence) && (sequence <= acknowledged || value !== undefined)) {
      const message = `${target.path} has ${value} for the secret ${sequence}, wanted ${acknowledged} to ${started}`;
      findings.push({ kind: value === undefined ? 'lost' : 'torn', message });
    }
  }
  return findings;
}

async function checkSettings(data: SealedData, target: Target, { acknowledged, started }: Bounds): Promise<readonly Finding[]> {
  const value = (await data.settings().load())?.llm_api_key?.expose();
  const sequence = Array.from({ length: started }, (_, i) => i + 1).findLast((each) => textOf(target, each) === value) ?? 0;
  const wanted = isRotation(acknowledged) ? acknowledged - 1 : acknowledged;
  const message = `${target.path} has the key ${sequence} in its settings, wanted ${acknowledged} to ${started}`;
  return sequence < wanted ? [{ kind: 'lost', message }] : [];
}

async function checkBackup(data: SealedData, target: Target, { acknowledged }: Bounds): Promise<readonly Finding[]> {
  if (acknowledged === 0) {
    return [];
  }
  await using files = new MemoryFileStore();
  await files.write(homeLayout.settings(), await data.files.read(`${homeLayout.settings()}.v0.bak`));
  const settings = await new FileSettingsStore({ files, sealer: data.keys }).load();
  const isThere = settings?.llm_api_key?.expose() === textOf(target, 0);
  return isThere ? [] : [{ kind: 'lost', message: `${target.path} has not the key of the backup` }];
}

function isRotation(sequence: number): boolean {
  return sequence > 0 && sequence % 3 === 0;
}

function nameOf(sequence: number): string {
  return `S${sequence}`;
}

function textOf({ author }: Target, sequence: number): string {
  return `secret-${sequence}-${author}`;
}
