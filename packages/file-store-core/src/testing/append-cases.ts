import assert from 'node:assert/strict';
import { expectError } from './expect-error.ts';
import { type FileStoreCase, oneStep } from './file-store-case.ts';
import { randomBytes, repeat } from './test-data.ts';

/** Appending, or its refusal. */
export const appendCases: readonly FileStoreCase[] = [
  {
    name: 'appends text, bytes and streams in order, making the file; or refuses',
    advice: 'Give the file a new version by each append, and its whole size.',
    run: async (store) => {
      if (!store.capabilities.append) {
        await expectError(store.append('log', 'x'), 'unsupported');
        assert.deepEqual(await store.list(), []);
        return;
      }
      const first = await store.append('dir/log', 'one\n');
      assert.equal(first.size, 4);
      const second = await store.append('dir/log', Buffer.from('two\n'));
      const third = await store.append('dir/log', new Blob(['thr', 'ee\n']).stream());
      assert.equal(await store.read('dir/log'), 'one\ntwo\nthree\n');
      assert.deepEqual({ ...third }, { ...(await store.stat('dir/log')) });
      assert.equal(new Set([first.version, second.version, third.version]).size, 3);
    },
  },
  {
    name: 'never interleaves or loses concurrent appends',
    advice:
      'Find the end and add to it in one step of the backend: to read the file and to write it anew loses what others append meanwhile.',
    run: async (store) => {
      if (!store.capabilities.append) {
        return await expectError(store.append('log', 'x'), 'unsupported');
      }
      await repeat(200, 32, (i) => store.append('log', `${`${i}`.padStart(3, '0').repeat(300)}\n`));
      const lines = (await store.read('log')).split('\n').slice(0, -1);
      assert.equal(lines.length, 200);
      assert.equal(new Set(lines).size, 200);
      for (const line of lines) {
        assert.equal(line, line.slice(0, 3).repeat(300));
      }
    },
  },
  {
    name: 'holds ifSize, ifVersion and ifAbsent on append: one winner of 32',
    advice: `${oneStep} A lost \`ifSize\` is \`version-mismatch\`.`,
    run: async (store) => {
      if (!store.capabilities.append) {
        return await expectError(store.append('log', 'x', { ifSize: 0 }), 'unsupported');
      }
      await oneWinner((i) => store.append('log', `first ${i}`, { ifSize: 0 }), 'version-mismatch');
      const { size, version } = await store.stat('log');
      await expectError(store.append('log', 'x', { ifSize: size + 1 }), 'version-mismatch');
      await expectError(store.append('log', 'x', { ifSize: -1 }), 'invalid-argument');
      await oneWinner((i) => store.append('log', `${i}`.padStart(2), { ifVersion: version }), 'version-mismatch');
      await oneWinner((i) => store.append('log2', `${i}`, { ifAbsent: true }), 'already-exists');
      assert.equal((await store.stat('log')).size, size + 2);
    },
  },
  {
    name: 'gives an open reader the file as it was, however much is appended meanwhile',
    advice: 'Give the bytes that the file had when it was opened, and let an append to a copy leave the file that it was made of.',
    run: async (store) => {
      const before = randomBytes(300_000, 1);
      await store.write('log', before);
      if (!store.capabilities.append) {
        return await expectError(store.append('log', 'x'), 'unsupported');
      }
      const file = await store.open('log');
      await store.append('log', randomBytes(300_000, 2));
      assert.equal(Buffer.compare(await file.bytes(), before), 0);
      await store.copy('log', 'copy');
      await store.append('log', 'end of log');
      await store.append('copy', 'end of copy');
      assert.equal(await store.read('log', { range: { start: 600_000 } }), 'end of log');
      assert.equal(await store.read('copy', { range: { start: 600_000 } }), 'end of copy');
    },
  },
];

async function oneWinner(race: (racer: number) => Promise<unknown>, loss: 'version-mismatch' | 'already-exists'): Promise<void> {
  const results = await Promise.allSettled(Array.from({ length: 32 }, (_, i) => race(i)));
  const losers = results.filter((result) => result.status === 'rejected');
  assert.equal(results.length - losers.length, 1, 'winners');
  for (const loser of losers) {
    assert.equal(loser.reason.code, loss, String(loser.reason));
  }
}
