import { MemoryFileStore } from '@oh/file-store-core';
import { FileSecretsStore } from '@oh/secrets-store';

const files = new MemoryFileStore();

/** Stands for the client of a key management service. */
const kms = {
  isDown: false,
  async encrypt(key: Uint8Array, signal: AbortSignal): Promise<string> {
    signal.throwIfAborted();
    return Buffer.from(key.map((byte) => byte ^ 255)).toString('base64');
  },
  async decrypt(text: string, signal: AbortSignal): Promise<Uint8Array> {
    signal.throwIfAborted();
    if (kms.isDown) {
      throw new Error('connect ECONNREFUSED');
    }
    return Buffer.from(text, 'base64').map((byte) => byte ^ 255);
  },
};

// #region kms
import { FileStoreError } from '@oh/file-store-core';
import { KeyRing, type KeyWrapper } from '@oh/secrets-store';

async function ask<T>(request: (signal: AbortSignal) => Promise<T>): Promise<T> {
  try {
    return await request(AbortSignal.timeout(10_000));
  } catch (cause) {
    throw new FileStoreError('unavailable', 'the KMS does not answer', { cause }); // where it refuses: permission-denied
  }
}

const wrapper: KeyWrapper = {
  kind: 'my-kms', // stands in the ring, which opens with this kind alone
  wrap: async (key) => await ask((signal) => kms.encrypt(key, signal)),
  unwrap: async (wrapped) => await ask((signal) => kms.decrypt(wrapped, signal)),
};
const keys = new KeyRing({ files, wrapper });
// #endregion

const secrets = new FileSecretsStore({ files, keys });
await secrets.setSecret('API_KEY', 'sk-123');
kms.isDown = true;
await secrets.setSecret('API_KEY', 'sk-456');
const late = new FileSecretsStore({ files, keys: new KeyRing({ files, wrapper }) });
console.log((await secrets.getSecret('API_KEY')).expose(), await late.list());
await late.getSecret('API_KEY').catch(({ message }: Error) => console.log(message));
kms.isDown = false;
console.log((await late.getSecret('API_KEY')).expose());
