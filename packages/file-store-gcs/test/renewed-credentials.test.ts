import { Storage } from '@google-cloud/storage';
import { startFaultProxy } from '@oh-tools/fault-proxy';
import { describeWithServer } from '@oh-tools/servers/testing';
import { expect, it, onTestFinished } from 'vitest';
import { GoogleCloudFileStore } from '../src/index.ts';
import { emulatorSource, newBucket } from './gcs-under-test.ts';

describeWithServer(emulatorSource, (server) => {
  /** A store whose token does not say when it expires, at a service that accepts `accepted` alone. */
  async function open(
    renew: () => Promise<string>,
  ): Promise<{ readonly store: GoogleCloudFileStore; readonly accept: (token: string) => void }> {
    const proxy = await startFaultProxy({ upstream: server().endpoint });
    const accept = (token: string): void => {
      const match = ({ url, headers }: { url: string; headers: { authorization?: string | undefined } }): boolean =>
        !url.includes('upload_id') && headers.authorization !== `Bearer ${token}`;
      proxy.rules.set([{ fault: { type: 'status', status: 401, body: '<Error><Message>Invalid Credentials</Message></Error>' }, match }]);
    };
    const credentials = { type: 'authorized_user', client_id: 'c', client_secret: 's', refresh_token: 'r' };
    const storage = new Storage({ apiEndpoint: proxy.endpoint, useAuthWithCustomEndpoint: true, credentials });
    const client = await storage.authClient.getClient();
    client.setCredentials({ access_token: 'first' });
    Object.assign(client, { refreshHandler: async () => ({ access_token: await renew(), expiry_date: Date.now() + 3_600_000 }) });
    const store = new GoogleCloudFileStore({ bucket: await newBucket(server().endpoint), storage, maxAttempts: 3 });
    onTestFinished(async () => {
      await store.close();
      await proxy.close();
    });
    return { store, accept };
  }

  it('renews credentials that are not accepted, though they do not say when they expire, for all who asked with them', async () => {
    let renewals = 0;
    const { store, accept } = await open(async () => {
      renewals += 1;
      return 'second';
    });
    accept('second');
    await Promise.all(Array.from({ length: 20 }, (_, i) => store.write(`file ${i}`, 'x', { ifAbsent: true })));
    const before = renewals;
    expect(before).toBeGreaterThan(0);
    await store.write('large', new Uint8Array(17 * 1024 * 1024));
    expect(await store.list()).toHaveLength(21);
    expect(renewals).toBe(before);
    accept('third');
    await expect(store.read('large')).rejects.toMatchObject({ code: 'permission-denied', message: expect.stringContaining('Invalid') });
    expect(renewals).toBe(before + 1);
  });

  it('says that credentials are not accepted that cannot be renewed, and goes on with them', async () => {
    const { store, accept } = await open(async () => {
      throw new Error('invalid_grant');
    });
    accept('another');
    await expect(store.write('file', 'x')).rejects.toMatchObject({
      code: 'permission-denied',
      message: expect.stringMatching(/Invalid Credentials; .*GOOGLE_APPLICATION_CREDENTIALS/),
    });
    accept('first');
    await store.write('file', 'x');
  });

  it('tries to renew again when the network was in the way', async () => {
    let failures = 2;
    const { store, accept } = await open(async () => {
      failures -= 1;
      if (failures >= 0) {
        throw Object.assign(new Error('no answer'), { code: 'ECONNRESET' });
      }
      return 'second';
    });
    accept('second');
    await store.write('file', 'x');
    accept('third');
    failures = 3;
    await expect(store.write('file', 'x')).rejects.toMatchObject({ code: 'unavailable', retryable: true });
  });

  it('is aborted while credentials are renewed', async () => {
    const controller = new AbortController();
    const { store, accept } = await open(() => {
      controller.abort(new Error('enough'));
      return new Promise(() => undefined);
    });
    accept('second');
    await expect(store.write('file', 'x', { signal: controller.signal })).rejects.toThrow('enough');
  });
});
