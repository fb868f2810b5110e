import { type FileStore, hasErrorCode } from '@oh/file-store-core';
import { FileSecretsStore, KeyRing, type KeyWrapper, retireKey, rotateKeys } from '@oh/secrets-store';
import { repeat } from '../repeat.ts';
import type { Play, Scenario } from '../scenario.ts';

/** Protects nothing: no time is spent on a key derivation. */
const wrapper: KeyWrapper = {
  kind: 'fixed',
  wrap: async (key) => Buffer.from(key).toString('hex'),
  unwrap: async (wrapped) => Buffer.from(wrapped, 'hex'),
};

function openSecrets(files: FileStore): { readonly keys: KeyRing; readonly store: FileSecretsStore } {
  const now = (): Date => new Date(Date.UTC(2026, 0, 1));
  const keys = new KeyRing({ files, wrapper, now });
  return { keys, store: new FileSecretsStore({ files, keys, now }) };
}

/** Secrets that were set, by name. */
class SecretsRecord {
  readonly #values = new Map([['BEFORE', 'b']]);

  set(name: string): Play['actors'][string] {
    return async ({ files }) => {
      try {
        await repeat(() => openSecrets(files).store.setSecret(name, name));
        this.#values.set(name, name);
      } catch (error) {
        // What was sealed by a key that is retired meanwhile is not written over.
        if (!hasErrorCode(error, 'permission-denied')) {
          throw error;
        }
      }
    };
  }

  /** Every one opens, though perhaps only when a key is taken back that was retired meanwhile. */
  async check(files: FileStore): Promise<void> {
    const { keys, store } = openSecrets(files);
    for (const { id, state } of await keys.list()) {
      if (state === 'retired') {
        await keys.reinstateKey(id);
      }
    }
    for (const [name, value] of this.#values) {
      const secret = await store.getSecret(name);
      if (secret.expose() !== value) {
        throw new Error(`${name} has another value`);
      }
    }
  }
}

const rotate: Play['actors'][string] = async ({ files }) => {
  const { keys, store } = openSecrets(files);
  await repeat(() => rotateKeys({ keys, holders: [store] }));
};

/** Adds a key, and retires the one before when nothing needs it. */
const rotateAndRetire: Play['actors'][string] = async ({ files }) => {
  const { keys, store } = openSecrets(files);
  const use = { keys, holders: [store] };
  await repeat(() => rotateKeys(use));
  for (const { id, state } of await repeat(() => keys.list())) {
    if (state === 'active') {
      await repeat(() => retireKey(use, id)).catch((error: unknown) => {
        if (!String(error).includes('still needed')) {
          throw error;
        }
      });
    }
  }
};

/** What nobody changes opens at any moment, also by keys that were read before they were rotated. */
const reader: Play['actors'][string] = async ({ files }) => {
  const { store } = openSecrets(files);
  for (let times = 0; times < 2; times += 1) {
    const secret = await repeat(() => store.getSecret('BEFORE'));
    if (secret.expose() !== 'b') {
      throw new Error('a secret that nobody changes has another value');
    }
  }
};

async function prepareSecrets(files: FileStore): Promise<void> {
  await openSecrets(files).store.setSecret('BEFORE', 'b');
}

/** `@oh/secrets-store`: changes, rotation and retirement of keys. */
export const secretsScenarios: readonly Scenario[] = [
  {
    name: 'secrets: the first of all, set by two',
    bound: { preemptions: 2, beside: 1 },
    begin: () => {
      const names = ['A', 'B'];
      const set: Play['actors'][string] = async ({ files, name }) => await repeat(() => openSecrets(files).store.setSecret(name, name));
      const acknowledged = new Set<string>();
      const noted: Play['actors'][string] = async (stage) => {
        await set(stage);
        acknowledged.add(stage.name);
      };
      return {
        actors: Object.fromEntries(names.map((name) => [name, noted])),
        check: async (files) => {
          for (const name of acknowledged) {
            await openSecrets(files).store.getSecret(name);
          }
        },
      };
    },
  },
  {
    name: 'secrets: set, set, rotate',
    bound: { preemptions: 2, beside: 0 },
    prepare: prepareSecrets,
    begin: () => {
      const record = new SecretsRecord();
      return { actors: { first: record.set('A'), second: record.set('B'), rotate }, check: (files) => record.check(files) };
    },
  },
  {
    name: 'secrets: set, rotate and retire, rotate',
    bound: { preemptions: 1, beside: 0 },
    prepare: prepareSecrets,
    begin: () => {
      const record = new SecretsRecord();
      return { actors: { first: record.set('A'), retire: rotateAndRetire, rotate }, check: (files) => record.check(files) };
    },
  },
  {
    name: 'secrets: set, get, rotate and retire',
    bound: { preemptions: 1, beside: 0 },
    prepare: prepareSecrets,
    begin: () => {
      const record = new SecretsRecord();
      return { actors: { first: record.set('A'), reader, retire: rotateAndRetire }, check: (files) => record.check(files) };
    },
  },
];
