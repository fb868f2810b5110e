import { ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3';
import type { FileEntry } from '@oh/file-store-core';
import { s3Source } from '@oh-tools/servers';
import { describeWithServer } from '@oh-tools/servers/testing';
import { expect, it, onTestFinished } from 'vitest';
import { openProxied } from './proxied-stores.ts';
import { openClient, openStore } from './test-stores.ts';

/** Written in order of their UTF-8 bytes. */
const paths = [' space first', 'a b+c&é/ü.txt', 'a+b', 'a=b;c', '%2F', 'é', 'ﬁ\u2028', '\uffff\ufffe', '😀👩‍👩‍👧'];

describeWithServer(s3Source, (server) => {
  it('takes a key of 1,024 bytes where the store is the whole bucket, and stops at the next', async () => {
    const store = openStore(server(), { prefix: '' });
    onTestFinished(() => store.close());
    const directory = `oh-test-${crypto.randomUUID()}`;
    const path = [directory, 'x'.repeat(250), 'é'.repeat(125), 'y'.repeat(250), 'z'.repeat(250)]
      .join('/')
      .padEnd(1024, '/w')
      .slice(0, 1024);
    expect(Buffer.byteLength(path)).toBeGreaterThanOrEqual(1024);
    const exact = Buffer.from(path).subarray(0, 1024).toString();
    await store.write(exact, 'long');
    expect(await store.read(exact)).toBe('long');
    await expect(store.write(`${exact}x`, 'x')).rejects.toMatchObject({ code: 'invalid-path' });
    await store.delete(directory);
    expect(await store.exists(exact)).toBe(false);
  });

  it('keeps every character through write, list, copy, move and delete of a directory', { timeout: 60_000 }, async () => {
    const { store } = await openProxied(server());
    for (const path of paths) {
      await store.write(`dir/${path}`, path);
      await store.copy(`dir/${path}`, `copy/${path}`);
      await store.move(`copy/${path}`, `moved/${path}`);
    }
    for (const directory of ['dir', 'moved']) {
      const entries: FileEntry[] = [];
      for await (const entry of store.entries(directory, { recursive: true })) {
        entries.push(entry);
      }
      expect(new Set(entries.map(({ path }) => path))).toEqual(new Set(paths.map((path) => `${directory}/${path}`)));
      for (const path of paths) {
        expect(await store.read(`${directory}/${path}`)).toBe(path);
      }
      await store.delete(directory);
    }
    expect(await store.list()).toEqual([]);
  });

  it('deletes with a directory what other programs have put there under keys that XML cannot hold', async () => {
    const { store, prefix } = await openProxied(server());
    const client = openClient(server());
    onTestFinished(() => client.destroy());
    for (const character of ['\u0001', '\u000b', '\u001f', '\r', '\n', '\t', '\u007f', '\u0085']) {
      const place = { Bucket: server().bucket, Key: `${prefix}/dir/a${character}b` };
      await client.send(new PutObjectCommand({ ...place, Body: Buffer.from('x') }));
    }
    await store.write('dir/file', 'x');
    await store.delete('dir');
    const { KeyCount } = await client.send(new ListObjectsV2Command({ Bucket: server().bucket, Prefix: prefix }));
    expect(KeyCount).toBe(0);
  });

  it('does not show the marks that consoles make for directories, and deletes them with the directory', async () => {
    const { store, prefix } = await openProxied(server());
    const client = openClient(server());
    onTestFinished(() => client.destroy());
    await client.send(new PutObjectCommand({ Bucket: server().bucket, Key: `${prefix}/dir/`, Body: Buffer.alloc(0) }));
    await store.write('dir/file', 'x');
    expect(await store.list('dir')).toEqual(['dir/file']);
    expect(await store.list()).toEqual(['dir/']);
    await store.delete('dir');
    expect(await store.list()).toEqual([]);
  });

  it('reads what DeleteObjects could not delete: tries that again, and says it when it stays', { timeout: 60_000 }, async () => {
    const { proxy, store, beside } = await openProxied(server());
    const answer = (code: string, key: string): string =>
      `<?xml version="1.0"?><DeleteResult><Error><Key>${key}</Key><Code>${code}</Code><Message>no</Message></Error></DeleteResult>`;
    const failing = (code: string, key: string, times: number): void =>
      proxy.rules.set([
        { fault: { type: 'status', status: 200, body: answer(code, key) }, times, match: ({ kind }) => kind === 'DeleteObjects' },
      ]);
    const write = async (): Promise<void> => void (await Promise.all(['a', 'b'].map((name) => beside.write(`dir/${name}`, 'x'))));
    await write();
    failing('InternalError', 'spelled otherwise', 2);
    await store.delete('dir');
    expect(await beside.list()).toEqual([]);
    await write();
    failing('AccessDenied', 'x', 1);
    await expect(store.delete('dir')).rejects.toMatchObject({ code: 'permission-denied' });
    failing('SlowDown', 'x', 99);
    await expect(store.delete('dir')).rejects.toMatchObject({ code: 'rate-limited' });
    expect(await beside.list('dir')).toEqual(['dir/a', 'dir/b']);
  });
});
