import { MemoryFileStore } from '@oh/file-store-core';
import { describe, expect, it } from 'vitest';
import { BackupRepository } from '../src/backup-repository.ts';
import { readTree, storeOf } from './file-tree.ts';
import { fixedKey } from './fixed-key.ts';

describe.each([
  ['in clear', undefined],
  ['encrypted', fixedKey()],
])('a repository, %s', (_, key) => {
  it('has no byte whose change verify does not notice, or that brings back other contents', { timeout: 600_000 }, async () => {
    const files = new MemoryFileStore();
    const source = await storeOf({ 'a/1.json': '{"a":1}', 'a/2.json': 'two two two two', 'a/empty': '' });
    const made = new BackupRepository({ files, key });
    await made.create(await storeOf({ b: 'gone' }));
    const { id } = await made.create(source);
    // One snapshot goes, and a pack is marked.
    await made.prune({ olderThan: new Date('2100-01-01T00:00:00Z') });
    const expected = await readTree(source);
    let flips = 0;
    for (const [path, contents] of Object.entries(await readTree(files))) {
      if (path === 'locks/prune.json') {
        // The lease of a prune, which holds nothing of a backup.
        continue;
      }
      const bytes = Buffer.from(contents, 'base64');
      for (let at = 0; at < bytes.length; at += 1) {
        const flipped = Buffer.from(bytes);
        flipped[at] = (flipped[at] ?? 0) ^ (1 << (at % 8));
        await files.write(path, flipped);
        const repository = new BackupRepository({ files, key });
        const found = await repository.verify().then(
          ({ isSound, damaged }) => !isSound && damaged.some((error) => error.path === path),
          (error: { code: string }) => ['corrupt', 'unsupported'].includes(error.code),
        );
        expect(found, `${path}, byte ${at}`).toBe(true);
        const target = new MemoryFileStore();
        await repository.restore(id, target).catch(() => undefined);
        for (const [name, text] of Object.entries(await readTree(target))) {
          expect(text, `${name} after a change of ${path}, byte ${at}`).toBe(expected[name]);
        }
        flips += 1;
      }
      await files.write(path, bytes);
    }
    expect(Object.keys(await readTree(files))).toContain('marks.json');
    expect(flips).toBeGreaterThan(1500);
    expect(await new BackupRepository({ files, key }).verify()).toMatchObject({ isSound: true });
  });
});
