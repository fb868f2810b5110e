import { execFile, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { Keychain } from '../src/keychain.ts';
import { temporaryDirectory } from './temporary-directory.ts';
import { withCode } from './with-code.ts';

const run = promisify(execFile);
const script = fileURLToPath(new URL('keychain-worker.ts', import.meta.url));
const node = [process.execPath, '--conditions=@oh/source', script];

/** GNOME Keyring on a bus of its own, with a password and a directory that are gone afterwards. */
const session = ['-c', 'printf password | gnome-keyring-daemon --unlock --components=secrets >/dev/null && exec "$@"', 'sh', ...node];
const hasKeyring =
  process.platform === 'linux' && ['dbus-run-session', 'gnome-keyring-daemon'].every((name) => spawnSync(name, ['--version']).status === 0);

async function environment(more: NodeJS.ProcessEnv = {}): Promise<NodeJS.ProcessEnv> {
  const directory = await temporaryDirectory();
  const { PATH } = process.env;
  return { PATH, HOME: directory, XDG_RUNTIME_DIR: directory, XDG_DATA_HOME: directory, ...more };
}

describe('Keychain', { timeout: 120_000 }, () => {
  const noKeyring = hasKeyring ? '' : ' (skipped: it needs dbus-run-session and gnome-keyring-daemon)';

  it.skipIf(!hasKeyring)(`keeps a key in the Secret Service, one entry for each ring, also of racers${noKeyring}`, async () => {
    const { stdout } = await run('dbus-run-session', ['--', 'sh', ...session], { env: await environment() });
    expect(JSON.parse(stdout)).toEqual([
      true,
      expect.stringMatching(/^\[permission-denied\] the entry "key-ring-\w{16}" of "oh-test" in the keychain is not the one/),
      expect.stringMatching(/^\[permission-denied\] no key: the keychain has no entry "key-ring-\w{16}" of "oh-test"/),
      'wrapped',
      'text',
      'keychain',
      'text',
      1,
    ]);
  });

  it.skipIf(process.platform !== 'linux')(
    'says so where there is none, and takes the fallback it was given (skipped where every machine has one)',
    async () => {
      const { stdout } = await run(node[0] ?? '', node.slice(1), {
        env: await environment({ DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nonexistent' }),
      });
      const results = JSON.parse(stdout) as string[];
      expect(results.slice(3)).toEqual([
        '[permission-denied] the keychain cannot keep a key; is it there, and unlocked?',
        'text',
        'fallback',
        expect.stringContaining('is protected by the fallback of then, which was not given'),
        expect.anything(),
      ]);
    },
  );

  it('refuses what it never gave, and names that are none', async () => {
    for (const wrapped of ['', 'keychain$oh$key-ring-1$AAAA', 'keychain$o h$key-ring-0123456789abcdef$AAAA']) {
      await expect(new Keychain().unwrap(wrapped)).rejects.toThrow(withCode('corrupt'));
    }
    expect(() => new Keychain({ service: 'a$b' })).toThrow(RangeError);
  });

  it('is aborted before it does anything', async () => {
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(new Keychain().wrap(Buffer.alloc(32), { signal })).rejects.toBe(signal.reason);
    await expect(new Keychain().unwrap('', { signal })).rejects.toBe(signal.reason);
  });
});
