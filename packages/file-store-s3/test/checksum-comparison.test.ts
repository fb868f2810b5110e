import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { answerWith, head, openOn } from './told-server.ts';

describe('checksums of answers', () => {
  const contents = 'x'.repeat(3_000_000);
  const right = {
    'x-amz-checksum-crc32': '8OlPjw==',
    'x-amz-checksum-sha1': createHash('sha1').update(contents).digest('base64'),
    'x-amz-checksum-sha256': createHash('sha256').update(contents).digest('base64'),
  };

  it('are compared, whatever their algorithm and whichever way the file is read', { timeout: 60_000 }, async () => {
    for (const [name, sum] of Object.entries(right)) {
      const { store, arrived } = await openOn(answerWith(contents, { [name]: sum }));
      expect(await store.read('file'), name).toBe(contents);
      expect(arrived.map(({ isOfSdk }) => isOfSdk)).toEqual([false]);
      for (const damaged of [`y${contents.slice(1)}`, 'short']) {
        const broken = await openOn(answerWith(damaged, { [name]: sum }));
        await expect(broken.store.readBytes('file'), name).rejects.toMatchObject({ code: 'corrupt' });
        await expect(
          broken.store.readStream('file').then((stream) => Array.fromAsync(stream)),
          name,
        ).rejects.toMatchObject({ code: 'corrupt' });
      }
    }
  });

  it('are compared over a connection that breaks too', async () => {
    for (const damaged of [false, true]) {
      const { store } = await openOn((response, { headers }) => {
        const [, start] = /^bytes=(\d+)-/.exec(headers.range ?? '') ?? [];
        if (start === undefined) {
          response.writeHead(200, { ...head, 'content-length': contents.length, 'x-amz-checksum-crc32': right['x-amz-checksum-crc32'] });
          response.write(contents.slice(0, 2_000_000), () => response.destroy());
          return;
        }
        const rest = contents.slice(Number(start));
        response.writeHead(206, {
          ...head,
          'content-length': rest.length,
          'content-range': `bytes ${start}-${contents.length - 1}/${contents.length}`,
        });
        response.end(damaged ? rest.replace('x', 'y') : rest);
      });
      const outcome = await store.read('file').then(
        (text) => (text === contents ? 'right' : 'wrong'),
        ({ code }: { code: string }) => code,
      );
      expect(outcome).toBe(damaged ? 'corrupt' : 'right');
    }
  });

  it('of parts are none of the whole', async () => {
    const { store } = await openOn(answerWith('contents', { 'x-amz-checksum-sha256': 'AAAA-3' }));
    expect(await store.read('file')).toBe('contents');
  });

  it('are compared by the SDK where Node does not have the algorithm, from then on', async () => {
    // CRC-32C of "contents".
    const { store, arrived } = await openOn(answerWith('contents', { 'x-amz-checksum-crc32c': 'T1jGMA==' }));
    const outcomes = [await store.read('file').catch(String), await store.read('file').catch(String)];
    expect(arrived.map(({ isOfSdk }) => isOfSdk)).toEqual([false, true, true]);
    expect(outcomes[0]).toBe(outcomes[1]);
  });
});
