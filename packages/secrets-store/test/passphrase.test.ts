import { afterEach, describe, expect, it, vi } from 'vitest';
import { Passphrase } from '../src/passphrase.ts';
import { withCode } from './with-code.ts';

const key = Buffer.alloc(32, 7);

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('Passphrase', () => {
  it('gives back the key that it wrapped, also in another object', async () => {
    const wrapped = await new Passphrase('correct horse').wrap(key);
    expect(wrapped).toMatch(/^scrypt\$ln=17,r=8,p=1\$[\w-]{22}\$[\w-]{80}$/);
    expect(await new Passphrase('correct horse').unwrap(wrapped)).toEqual(key);
  });

  it('tells a wrong passphrase, and repeats neither', async () => {
    const wrapped = await new Passphrase('correct horse').wrap(key);
    const error = await new Passphrase('battery staple').unwrap(wrapped).catch((reason: unknown) => reason);
    expect(error).toEqual(withCode('permission-denied'));
    expect(String(error)).toContain('the passphrase is wrong');
    expect(String(error)).not.toMatch(/horse|staple/);
  });

  it('binds the costs and the salt', async () => {
    const wrapped = await new Passphrase('p').wrap(key);
    const [name, , salt, box] = wrapped.split('$');
    await expect(new Passphrase('p').unwrap([name, 'ln=18,r=8,p=1', salt, box].join('$'))).rejects.toThrow(withCode('permission-denied'));
  });

  it.each([
    'scrypt$ln=30,r=8,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAA',
    'scrypt$ln=17,r=8,p=1$AAAA$AAAA',
    'scrypt$ln=17,r=8,p=1$AAAAAAAAAAAAAAAAAAAAAA',
    '',
  ])('refuses what it never gave, before it derives anything: %s', async (wrapped) => {
    await expect(new Passphrase('p').unwrap(wrapped)).rejects.toThrow(withCode('corrupt'));
  });

  it('reads the environment when it is needed, and says what to set', async () => {
    vi.stubEnv('OH_SECRET_KEY', undefined);
    const passphrase = Passphrase.fromEnvironment();
    await expect(passphrase.wrap(key)).rejects.toThrow('[permission-denied] no key: the environment has no OH_SECRET_KEY; set it');
    vi.stubEnv('OH_SECRET_KEY', '');
    await expect(passphrase.wrap(key)).rejects.toThrow(withCode('permission-denied'));
    vi.stubEnv('OH_SECRET_KEY', 'from the environment');
    expect(await new Passphrase('from the environment').unwrap(await passphrase.wrap(key))).toEqual(key);
  });

  it('opens with passphrases of before a change what the present one does not, and protects with the present one', async () => {
    const old = await new Passphrase('first').wrap(key);
    const changed = new Passphrase('third', { previous: ['second', 'first'] });
    expect(await changed.unwrap(old)).toEqual(key);
    expect(await new Passphrase('third').unwrap(await changed.wrap(key))).toEqual(key);
    await expect(new Passphrase('third', { previous: ['second'] }).unwrap(old)).rejects.toThrow(withCode('permission-denied'));
  });

  it('takes passphrases of before from the environment as OpenHands does, and says where they belong', async () => {
    const old = await new Passphrase('old').wrap(key);
    const open = (previous: Record<string, string>): Promise<Uint8Array> =>
      Passphrase.fromEnvironment('OH_SECRET_KEY', { OH_SECRET_KEY: 'new', ...previous }).unwrap(old);
    expect(await open({ OH_PREVIOUS_SECRET_KEYS: '["other", "old"]' })).toEqual(key);
    expect(await open({ OH_PREVIOUS_SECRET_KEYS_0: 'old' })).toEqual(key);
    await expect(open({})).rejects.toThrow(/the passphrase is wrong.* give the one of before in OH_PREVIOUS_SECRET_KEYS/);
    await expect(open({ OH_PREVIOUS_SECRET_KEYS: 'old' })).rejects.toThrow(withCode('invalid-argument'));
    const ofBackups = Passphrase.fromEnvironment('OH_BACKUP_PASSPHRASE', {
      OH_BACKUP_PASSPHRASE: 'new',
      OH_PREVIOUS_SECRET_KEYS: '["old"]',
    });
    await expect(ofBackups.unwrap(old)).rejects.toThrow(/the passphrase is wrong, or the key that it protects was changed$/);
  });

  it('refuses an empty passphrase', async () => {
    await expect(new Passphrase('').wrap(key)).rejects.toThrow(withCode('permission-denied'));
  });

  it('is aborted before and in flight', async () => {
    const reason = new Error('enough');
    await expect(new Passphrase('p').wrap(key, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const stop = new AbortController();
    const wrapping = new Passphrase('never derived before').wrap(key, { signal: stop.signal });
    stop.abort(reason);
    await expect(wrapping).rejects.toBe(reason);
  });

  it('is not printed', () => {
    expect(JSON.stringify(new Passphrase('hush'))).toBe('{"kind":"passphrase"}');
  });
});
