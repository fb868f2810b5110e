import type { ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import type { S3FileStore } from '../src/index.ts';
import { answerWith, openOn } from './told-server.ts';

describe('listings without the SDK', () => {
  const file = '<Contents><Key>dir/a+b</Key><LastModified>2013-05-24T00:00:00Z</LastModified><ETag>"e"</ETag><Size>7</Size></Contents>';
  const page = `<ListBucketResult><IsTruncated>false</IsTruncated>${file}</ListBucketResult>`;
  const list = async ({ store }: { readonly store: S3FileStore }): Promise<unknown> =>
    await Array.fromAsync(store.entries('dir', { recursive: true, startAfter: 'dir/a' }), ({ path }) => path);

  it('ask for what the SDK asks for', async () => {
    const direct = await openOn(answerWith(page));
    expect(await list(direct)).toEqual(['dir/a b']);
    const throughSdk = await openOn(answerWith(page), { maxAttempts: 1 });
    expect(await list(throughSdk)).toEqual(['dir/a b']);
    const [ours, theirs] = [direct, throughSdk].map(({ arrived: [request] }) => new URL(request?.url ?? '', 'http://host'));
    const withoutId = [...(theirs?.searchParams ?? [])].filter(([name]) => name !== 'x-id');
    expect([...(ours?.searchParams ?? [])].sort()).toEqual(withoutId.sort());
    expect(ours?.pathname.replace(/\/$/, '')).toBe(theirs?.pathname.replace(/\/$/, ''));
    expect([direct, throughSdk].map(({ arrived }) => arrived.map(({ isOfSdk }) => isOfSdk))).toEqual([[false], [true]]);
  });

  it('are made again by the SDK when the answer fails, breaks off, or is none that is understood', async () => {
    const bad: ((response: ServerResponse) => void)[] = [
      (response) => response.writeHead(500).end(),
      (response) => response.writeHead(200, { 'content-length': page.length }).write(page.slice(0, 9), () => response.destroy()),
      (response) => response.writeHead(200).end(page.slice(0, -9)),
    ];
    for (const answer of bad) {
      let isFirst = true;
      const opened = await openOn((response) => {
        (isFirst ? answer : answerWith(page))(response);
        isFirst = false;
      });
      expect(await list(opened)).toEqual(['dir/a b']);
      expect(opened.arrived.map(({ isOfSdk }) => isOfSdk)).toEqual([false, true]);
    }
  });

  it('are made where only the SDK can compare the checksums of objects', async () => {
    const opened = await openOn((response, { url }) => {
      const isListing = url?.includes('list-type') === true;
      answerWith(isListing ? page : 'contents', isListing ? {} : { 'x-amz-checksum-crc32c': 'T1jGMA==' })(response);
    });
    await opened.store.read('file').catch(() => undefined);
    expect(await list(opened)).toEqual(['dir/a b']);
    expect(opened.arrived.map(({ isOfSdk }) => isOfSdk)).toEqual([false, true, false]);
  });

  it('are final when there is no such bucket', async () => {
    const error = '<Error><Code>NoSuchBucket</Code></Error>';
    const opened = await openOn((response) => response.writeHead(404, { 'content-length': error.length }).end(error));
    await expect(list(opened)).rejects.toMatchObject({ code: 'unavailable', message: expect.stringContaining('bucket') });
    expect(opened.arrived).toHaveLength(1);
  });

  it('end with an abort, also in the middle of the answer', async () => {
    const controller = new AbortController();
    const opened = await openOn((response) => {
      response.writeHead(200, { 'content-length': page.length }).write(page.slice(0, 9));
      setImmediate(() => controller.abort(new Error('enough')));
    });
    const listing = Array.fromAsync(opened.store.entries('dir', { signal: controller.signal }));
    await expect(listing).rejects.toThrow('enough');
    expect(opened.arrived.map(({ isOfSdk }) => isOfSdk)).toEqual([false]);
  });
});
