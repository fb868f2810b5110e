import { readdirSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { LocalFileStore } from '../src/index.ts';
import { temporaryDirectory } from './temporary-root.ts';

it.runIf(process.platform === 'linux')('closes every file it opens, streams that are left early and aborted included', async () => {
  const store = new LocalFileStore({ root: temporaryDirectory(), durability: 'atomic' });
  await store.write('large', new Uint8Array(3_000_000));
  await store.write('small', 'x');
  const opened = (): number => readdirSync('/proc/self/fd').length;
  // The locks are opened once, and kept.
  await store.append('copy', '');
  const before = opened();
  for (let i = 0; i < 20; i += 1) {
    const controller = new AbortController();
    const stream = await store.readStream('large', { signal: controller.signal });
    const reader = stream.getReader();
    await reader.read();
    controller.abort();
    await reader.read().catch(() => undefined);
    await (await store.readStream('large')).cancel();
    await (await store.open('large')).close();
    await store.open('small');
    await store.copy('large', 'copy', { ifAbsent: true }).catch(() => undefined);
    await store.append('copy', 'x', { ifSize: 1 }).catch(() => undefined);
    await store.read('large', { range: { end: 10 } });
    const ending = new AbortController();
    const whole = store.readBytes('large', { signal: ending.signal });
    const left = await store.open('large');
    const reading = left.bytes();
    ending.abort();
    await expect(whole).rejects.toBe(ending.signal.reason);
    await left.close();
    await expect(reading).rejects.toMatchObject({ code: 'closed' });
    expect((await store.readBytes('large', { range: { start: 1, end: 2_999_999 } })).byteLength).toBe(2_999_998);
  }
  expect(opened()).toBe(before);
  await store.close();
});

it.runIf(process.platform === 'linux')('opens few files at once, however many operations are under way', async () => {
  const opened = (): number => readdirSync('/proc/self/fd').length;
  for (const durability of ['durable', 'atomic'] as const) {
    const store = new LocalFileStore({ root: temporaryDirectory(), durability });
    await store.write('file', 'x');
    const before = opened();
    const paths = Array.from({ length: 1_000 }, (_, i) => `dir-${i % 7}/${i}`);
    let most = 0;
    let isOver = false;
    const watching = (async () => {
      while (!isOver) {
        most = Math.max(most, opened());
        await nextTurn();
      }
    })();
    await Promise.all(paths.map((path) => store.write(path, path.repeat(20_000))));
    await Promise.all(paths.map((path) => store.append(path, 'x')));
    await Promise.all(paths.map((path) => store.read(path)));
    await Promise.all(paths.map((path) => store.delete(path)));
    isOver = true;
    await watching;
    // 64 operations with four files each, and 32 locks.
    expect(most - before).toBeLessThan(64 * 4 + 32);
    await store.close();
  }
});
