/** Uses the keychain of the session it runs in; prints what it finds as JSON. Run by `keychain.test.ts`. */
import { MemoryFileStore } from '@oh/file-store-core';
import { KeyRing } from '../src/key-ring.ts';
import { Keychain } from '../src/keychain.ts';
import { Passphrase } from '../src/passphrase.ts';

const key = Buffer.alloc(32, 7);
const results: unknown[] = [];

async function attempt(action: () => Promise<unknown>): Promise<void> {
  results.push(await action().catch((error: unknown) => (error instanceof Error ? error.message : error)));
}

const keychain = new Keychain({ service: 'oh-test' });
const wrapped = await keychain.wrap(key).catch(() => '');
await attempt(async () => Buffer.from(await new Keychain().unwrap(wrapped)).equals(key));
await attempt(async () => await new Keychain().unwrap(wrapped.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A'))));
await keychain.discard(wrapped).catch(() => undefined);
await attempt(async () => await new Keychain().unwrap(wrapped));
await attempt(async () => await keychain.wrap(key).then(() => 'wrapped'));

const fallback = new Passphrase('correct horse');
const files = new MemoryFileStore();
const rings = Array.from({ length: 3 }, () => new KeyRing({ files, wrapper: new Keychain({ service: 'oh-race', fallback }) }));
const sealed = await Promise.all(rings.map((ring) => ring.seal('text', ['c'])));
await attempt(
  async () => await new KeyRing({ files, wrapper: new Keychain({ service: 'oh-race', fallback }) }).open(sealed[2] ?? '', ['c']),
);
await attempt(async () => (JSON.parse(await files.read('secrets/key-ring.json')) as { wrapped_key: string }).wrapped_key.split('$')[0]);
await attempt(async () => await new KeyRing({ files, wrapper: new Keychain({ service: 'oh-race' }) }).open(sealed[0] ?? '', ['c']));
const { findCredentials } = await import('@napi-rs/keyring');
await attempt(async () => findCredentials('oh-race').length);
process.stdout.write(JSON.stringify(results));
