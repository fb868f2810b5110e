import assert from 'node:assert/strict';
import type { FileInfo, FileStore, WriteCondition } from '../file-store.ts';
import { updateFile } from '../update-file.ts';
import { deletesByVersion } from '../write-options.ts';
import { expectError } from './expect-error.ts';
import { type FileStoreCase, oneStep } from './file-store-case.ts';
import { randomBytes, repeat } from './test-data.ts';

const racers = 32;

/** Every way to bring a file to `to` under a condition. */
const mutations: Readonly<Record<string, (store: FileStore, to: string, racer: number, condition: WriteCondition) => Promise<FileInfo>>> = {
  'write text': (store, to, racer, condition) => store.write(to, `racer ${racer}`, condition),
  'write stream': (store, to, racer, condition) => store.write(to, new Blob([`racer ${racer}`]).stream(), condition),
  copy: async (store, to, racer, condition) => {
    await store.write(`from/${racer}`, `racer ${racer}`);
    return await store.copy(`from/${racer}`, to, condition);
  },
  move: async (store, to, racer, condition) => {
    await store.write(`from/${racer}`, `racer ${racer}`);
    return await store.move(`from/${racer}`, to, condition);
  },
};

/** Conditions and the versions they compare. */
export const conditionCases: readonly FileStoreCase[] = [
  ...Object.entries(mutations).flatMap(([what, mutate]): readonly FileStoreCase[] => [
    {
      name: `ifAbsent lets exactly one of ${racers} racers win: ${what}`,
      advice: oneStep,
      run: (store) => race(store, (racer) => mutate(store, 'dir/won', racer, { ifAbsent: true }), 'already-exists'),
    },
    {
      name: `ifVersion lets exactly one of ${racers} racers win: ${what}`,
      advice: oneStep,
      run: async (store) => {
        const { version } = await store.write('dir/won', 'start');
        await race(store, (racer) => mutate(store, 'dir/won', racer, { ifVersion: version }), 'version-mismatch');
      },
    },
    {
      name: `a lost condition leaves source and destination as they were: ${what}`,
      advice: oneStep,
      run: async (store) => {
        if (!store.capabilities.conditions) {
          return await expectError(mutate(store, 'to', 0, { ifAbsent: true }), 'unsupported');
        }
        const { version } = await store.write('to', 'kept');
        await expectError(mutate(store, 'to', 1, { ifAbsent: true }), 'already-exists');
        await expectError(mutate(store, 'to', 2, { ifVersion: `${version}x` }), 'version-mismatch');
        await expectError(mutate(store, 'missing', 3, { ifVersion: version }), 'version-mismatch');
        assert.equal(await store.read('to'), 'kept');
        assert.equal((await store.stat('to')).version, version);
        assert.equal(await store.exists('missing'), false);
        for (const path of await store.list('from')) {
          assert.match(await store.read(path), /^racer \d$/);
        }
      },
    },
  ]),
  {
    name: 'refuses ifAbsent with ifVersion, and conditions that are none',
    run: async (store) => {
      await expectError(store.write('file', 'x', { ifAbsent: true, ifVersion: 'v' }), 'invalid-argument');
      await expectError(store.write('file', 'x', { ifVersion: '' }), 'invalid-argument');
      await expectError(store.write('file', 'x', { ifAbsent: 'yes' as never }), 'invalid-argument');
      await expectError(store.write('file', 'x', { ifVersion: 5 as never }), 'invalid-argument');
      assert.deepEqual(await store.list(), []);
    },
  },
  {
    name: 'deletes under ifVersion only that version, and one of many deleters and writers wins',
    advice: oneStep,
    run: async (store) => {
      if (!deletesByVersion(store.capabilities)) {
        return await expectError(store.delete('file', { ifVersion: 'v' }), 'unsupported');
      }
      const old = await store.write('file', 'old');
      const { version } = await store.write('file', 'newer');
      await expectError(store.delete('file', { ifVersion: old.version }), 'version-mismatch');
      assert.equal(await store.read('file'), 'newer');
      for (let round = 0; round < 20; round += 1) {
        await raceDeletes(store, round);
      }
      await expectError(store.delete('missing', { ifVersion: version }), 'version-mismatch');
    },
  },
  {
    name: 'gives the same version by write, stat, open and listing, and another one after each change',
    advice:
      'Make a version of a counter, a random id or a digest, that no other contents of the path have had: neither the size nor the time is one.',
    run: async (store) => {
      const versions = new Set<string>();
      for (let i = 0; i < 200; i += 1) {
        const { version } = await store.write('dir/file', `${i}`.padStart(4));
        versions.add(version);
        if (i % 20 === 0) {
          assert.equal((await store.stat('dir/file')).version, version);
          const file = await store.open('dir/file');
          assert.equal(file.info.version, version);
          await file.close();
          for await (const entry of store.entries('dir')) {
            assert.equal(entry.kind === 'file' && entry.version, version);
          }
        }
      }
      assert.equal(versions.size, 200, 'a version came back for other contents');
    },
  },
  {
    name: `loses none of ${racers} x 8 increments made by compare-and-set`,
    advice:
      'Make a version that no other contents of the path have had, compare it and write in one step of the backend, and give each caller the version that it has written itself.',
    run: async (store) => {
      if (!store.capabilities.conditions) {
        return await expectError(
          updateFile(store, 'counter', () => '1'),
          'unsupported',
        );
      }
      await repeat(racers * 8, racers, () => updateFile(store, 'counter', (current = '0') => `${Number(current) + 1}`));
      assert.equal(await store.read('counter'), `${racers * 8}`);
    },
  },
  {
    name: 'writes whole files only: the winner of a race of large streams is there complete',
    advice:
      "Put the new file in the place of the old one in one step, when its source has been read to the end; what waits until then is each writer's own.",
    run: async (store) => {
      const bodies = Array.from({ length: 4 }, (_, i) => randomBytes(1_000_000 + i, i));
      const condition = store.capabilities.conditions ? { ifAbsent: true } : {};
      const results = await Promise.allSettled(bodies.map((body) => store.write('large', new Blob([body.slice()]).stream(), condition)));
      assert.ok(results.some((result) => result.status === 'fulfilled'));
      const read = await store.readBytes('large');
      assert.ok(bodies.some((body) => Buffer.compare(body, read) === 0));
    },
  },
];

/** Deletes, writes and appends race for one version: one wins, and when it is no delete the file is there. */
async function raceDeletes(store: FileStore, round: number): Promise<void> {
  const path = `round ${round}`;
  const { version: ifVersion } = await store.write(path, 'start');
  const isDelete = (racer: number): boolean => (racer + round) % 2 === 0;
  const results = await Promise.allSettled(
    Array.from({ length: racers }, (_, racer): Promise<unknown> => {
      if (isDelete(racer)) {
        return store.delete(path, { ifVersion });
      }
      return store.capabilities.append && racer % 4 < 2 ? store.append(path, '+', { ifVersion }) : store.write(path, 'new', { ifVersion });
    }),
  );
  const winners = results.flatMap((result, racer) => (result.status === 'fulfilled' ? racer : []));
  assert.equal(winners.length, 1, `${winners.length} racers won`);
  for (const result of results) {
    assert.ok(
      result.status === 'fulfilled' || result.reason.code === 'version-mismatch',
      String(result.status === 'rejected' && result.reason),
    );
  }
  assert.equal(await store.exists(path), !winners.some(isDelete));
}

async function race(store: FileStore, attempt: (racer: number) => Promise<FileInfo>, loss: string): Promise<void> {
  if (!store.capabilities.conditions) {
    return await expectError(attempt(0), 'unsupported');
  }
  const results = await Promise.allSettled(Array.from({ length: racers }, (_, racer) => attempt(racer)));
  const winners = results.flatMap((result, racer) => (result.status === 'fulfilled' ? [{ racer, info: result.value }] : []));
  assert.equal(winners.length, 1, `${winners.length} racers won`);
  for (const result of results) {
    if (result.status === 'rejected') {
      assert.equal(result.reason.code, loss, String(result.reason));
    }
  }
  const [winner] = winners;
  assert.equal(await store.read('dir/won'), `racer ${winner?.racer}`);
  assert.equal((await store.stat('dir/won')).version, winner?.info.version);
}
