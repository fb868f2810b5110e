import { readdirSync } from 'node:fs';
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
  }
  expect(opened()).toBe(before);
  await store.close();
});
