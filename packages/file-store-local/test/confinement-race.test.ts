import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { FileStore } from '@oh/file-store-core';
import { expect, it, onTestFinished } from 'vitest';
import { LocalFileStore } from '../src/index.ts';
import { temporaryDirectory } from './temporary-root.ts';

/** How long the race of one directory lasts, in milliseconds. */
const raceMs = 2_500;

const outsideFiles = ['file', 'deep/file', 'lock-00', 'lock-07', 'lock-13'];

/** A root, and a directory outside that looks like the one inside; between them another process swaps. */
async function race(name: string): Promise<{ root: string; outside: string; swapper: ChildProcess }> {
  const base = temporaryDirectory();
  const [root, outside] = [join(base, 'root'), join(base, 'outside')];
  for (const file of outsideFiles) {
    mkdirSync(join(outside, file, '..'), { recursive: true });
    writeFileSync(join(outside, file), 'outside');
  }
  mkdirSync(join(root, name), { recursive: true });
  const program = new URL('./swapper.ts', import.meta.url).pathname;
  const swapper = spawn(process.execPath, [program, root, name, outside], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(async () => {
    if (swapper.kill('SIGKILL')) {
      await once(swapper, 'exit');
    }
  });
  await once(swapper.stdout ?? swapper, 'data');
  return { root, outside, swapper };
}

function snapshot(directory: string): Record<string, string> {
  const files = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => !entry.isDirectory());
  return Object.fromEntries(
    files.map((entry) => [join(entry.parentPath, entry.name), readFileSync(join(entry.parentPath, entry.name), 'utf8')]),
  );
}

const changes: readonly ((store: FileStore, turn: number) => Promise<unknown>)[] = [
  (store) => store.write('dir/file', 'inside'),
  (store, turn) => store.write(`dir/new-${turn}`, 'inside', { ifAbsent: true }),
  (store) => store.write('dir/kept', 'inside', { contentType: 'text/plain' }),
  (store, turn) => store.write(`dir/deep/${turn}/file`, 'inside'),
  (store) => store.append('dir/file', 'inside'),
  (store, turn) => store.append(`dir/log-${turn}`, 'inside'),
  (store, turn) => store.move('dir/file', `dir/moved-${turn}`),
  (store) => store.copy('dir/kept', 'dir/copied'),
  (store) => store.delete('dir/file'),
  (store) => store.delete('dir/deep'),
];

const looks: readonly ((store: FileStore) => Promise<unknown>)[] = [
  (store) => store.read('dir/file'),
  (store) => store.read('dir/deep/file'),
  async (store) => (await store.stat('dir/lock-07')).path,
  async (store) => (await store.list('dir')).filter((path) => path.startsWith('dir/lock-')).join(),
  async (store) =>
    (await Array.fromAsync(store.entries('dir', { recursive: true }), ({ path }) => path)).filter((path) => path.includes('lock-')).join(),
];

it.runIf(process.platform === 'linux').each(['dir', '.oh-tmp', '.oh-metadata'])(
  'never leaves the root while another process swaps %s for a link',
  async (name) => {
    const { root, outside, swapper } = await race(name);
    const before = snapshot(outside);
    const seen = new Set<unknown>();
    let [done, failed] = [0, 0];
    const endsAt = performance.now() + raceMs;
    for (let turn = 0; performance.now() < endsAt; turn += 1) {
      const store = new LocalFileStore({ root, durability: turn % 2 === 0 ? 'atomic' : 'durable' });
      const results = await Promise.allSettled([...changes, ...looks].map((action) => action(store, turn)));
      for (const result of results.slice(changes.length)) {
        seen.add(result.status === 'fulfilled' ? result.value : '');
      }
      done += results.filter((result) => result.status === 'fulfilled').length;
      failed += results.filter((result) => result.status === 'rejected').length;
      await store.close().catch(() => undefined);
      await nextTurn();
    }
    swapper.kill('SIGKILL');
    await once(swapper, 'exit');
    expect(done).toBeGreaterThan(0);
    expect(failed).toBeGreaterThan(0);
    expect(snapshot(outside)).toEqual(before);
    expect([...seen].filter((value) => `${value}`.includes('outside') || `${value}`.includes('lock-'))).toEqual([]);
  },
  30_000,
);
