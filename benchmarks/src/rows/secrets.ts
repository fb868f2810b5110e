import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LocalFileStore } from '@oh/file-store-local';
import { FileSecretsStore, KeyFile, KeyRing } from '@oh/secrets-store';
import { compareRates } from '../compare-rates.ts';
import type { Finding } from '../finding.ts';
import type { Side } from '../measure-rates.ts';
import type { RowContext } from './row-context.ts';

const count = 1000;
const algorithm = 'aes-256-gcm';

/** 1,000 secrets of 40 characters, loaded and decrypted with the key at hand: the rates are secrets per second. */
export async function measureSecrets(context: RowContext): Promise<Finding[]> {
  const root = join(context.directory, 'files');
  await using files = new LocalFileStore({ root, durability: 'atomic' });
  const keys = new KeyRing({ files, wrapper: new KeyFile({ path: join(context.directory, 'key') }) });
  const store = new FileSecretsStore({ files, keys });
  await store.update((current) => {
    return Array.from({ length: count }, (_, index) => index).reduce(
      (all, index) => all.withCustomSecret(nameOf(index), secretOf(index)),
      current,
    );
  });
  const path = join(context.directory, 'bare.json');
  const wrappingKey = randomBytes(32);
  await writeFile(path, JSON.stringify(Array.from({ length: count }, (_, index) => sealBare(wrappingKey, secretOf(index)))));
  const ours = loading('ours', async () => (await store.load())?.customSecrets[nameOf(count - 1)]?.secret.expose());
  const bare = loading('fs/promises readFile, JSON.parse, two decryptions each', async () => await openBare(path, wrappingKey));
  const [finding] = await compareRates({ what: `load ${count} secrets`, inFlight: 1, ours, others: [bare] }, context);
  return finding === undefined ? [] : perSecret(finding);
}

/** The target is a rate of its own; the ratio is for information. */
function perSecret(finding: Finding): Finding[] {
  const ours = finding.ours * count;
  const other = finding.other && { ...finding.other, reached: finding.other.reached * count };
  return [{ ...finding, ours, other, wanted: { atLeast: 10_000 } }];
}

function nameOf(index: number): string {
  return `KEY_${index}`;
}

function secretOf(index: number): string {
  return `value-${index}`.padEnd(40, 'x');
}

function loading(name: string, load: () => Promise<string | undefined>): Side {
  return {
    name,
    run: async () => {
      if ((await load()) !== secretOf(count - 1)) {
        throw new Error(`${name} gave another value`);
      }
    },
  };
}

interface BareSecret {
  readonly wrapped: string;
  readonly body: string;
}

function sealBare(wrappingKey: Buffer, value: string): BareSecret {
  const dataKey = randomBytes(32);
  return { wrapped: encrypt(wrappingKey, dataKey), body: encrypt(dataKey, Buffer.from(value)) };
}

async function openBare(path: string, wrappingKey: Buffer): Promise<string | undefined> {
  const secrets = JSON.parse(await readFile(path, 'utf8')) as readonly BareSecret[];
  return secrets.map(({ wrapped, body }) => decrypt(decrypt(wrappingKey, wrapped), body).toString()).at(-1);
}

function encrypt(key: Buffer, plain: Buffer): string {
  const nonce = randomBytes(12);
  const cipher = createCipheriv(algorithm, key, nonce);
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]).toString('base64url');
}

function decrypt(key: Buffer, box: string): Buffer {
  const bytes = Buffer.from(box, 'base64url');
  const decipher = createDecipheriv(algorithm, key, bytes.subarray(0, 12), { authTagLength: 16 });
  decipher.setAuthTag(bytes.subarray(-16));
  return Buffer.concat([decipher.update(bytes.subarray(12, -16)), decipher.final()]);
}
