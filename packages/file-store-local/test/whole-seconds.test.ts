import { utimesSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { LocalFileStore } from '../src/index.ts';
import { outlastTime } from '../src/local-version.ts';
import { temporaryDirectory } from './temporary-root.ts';

function thisSecond(): number {
  return Math.floor(Date.now() / 1000);
}

describe('a file whose time is the whole second that it is', () => {
  it.each<[string, (store: LocalFileStore) => Promise<unknown>]>([
    ['replaced', (store) => store.write('dir/file', 'new')],
    [
      'replaced if it has its version',
      async (store) => store.write('dir/file', 'new', { ifVersion: (await store.stat('dir/file')).version }),
    ],
    [
      'replaced with others',
      (store) => store.writeAll(Array.from({ length: 64 }, (_, i) => ({ path: `dir/${i || 'file'}`, contents: 'new' }))),
    ],
    ['replaced by a move', (store) => store.move('other', 'dir/file')],
    ['deleted', (store) => store.delete('dir/file')],
    ['deleted with its directory', (store) => store.delete('dir')],
  ])('is %s when that is over, so that its version never comes back', async (_, change) => {
    const root = temporaryDirectory();
    await using store = new LocalFileStore({ root });
    await store.write('other', 'x');
    await store.write('dir/file', 'old');
    const second = thisSecond();
    utimesSync(join(root, 'dir/file'), second, second);
    await change(store);
    expect(Date.now()).toBeGreaterThanOrEqual((second + 1) * 1000);
  });

  it('is no longer waited for after an abort', async () => {
    const controller = new AbortController();
    const waiting = outlastTime({ mtimeNs: BigInt(thisSecond()) * 1_000_000_000n, nlink: 1n }, controller.signal);
    controller.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
  });
});

it.each([
  ['with a fraction', 1n, 1n],
  ['that is over', -2_000_000_000n, 1n],
  ['to come', 10_000_000_000n, 1n],
  ['of a file that keeps its inode by another name', 0n, 2n],
])('waits for no time %s', async (_, addNs, nlink) => {
  const waiting = outlastTime({ mtimeNs: BigInt(thisSecond()) * 1_000_000_000n + addNs, nlink });
  expect(await Promise.race([waiting.then(() => 'at once'), nextTurn('later')])).toBe('at once');
});
