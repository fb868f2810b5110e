import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { MemoryFileStore } from '@oh/file-store-core';
import { LocalFileStore } from '@oh/file-store-local';
import { expect, it } from 'vitest';
import { BackupRepository } from '../src/backup-repository.ts';
import { findDifferences } from './numbered-tree.ts';
import { temporaryDirectory } from './temporary-directory.ts';

const script = fileURLToPath(new URL('kill-worker.ts', import.meta.url));
/** In the long form ten times 100, each with another seed. */
const rounds = Number(process.env['OH_TEST_BACKUP_KILLS'] ?? 50);
const seed = Number(process.env['OH_TEST_BACKUP_SEED'] ?? 1);
const stepsARound = 3;

/** The same numbers in every run: a round that fails can be found again. */
function seededNumbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((state / 2_147_483_648) * below);
  };
}

/** @returns What the worker said, and whether it was killed. */
async function runAndKill(directory: string, ...numbers: readonly number[]): Promise<{ lines: readonly string[]; isKilled: boolean }> {
  const argv = ['--conditions=@oh/source', script, directory, ...numbers.map(String)];
  const child = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'inherit'] });
  const [said, [code, signal]] = await Promise.all([text(child.stdout), once(child, 'exit') as Promise<[number | null, string | null]>]);
  expect([code, signal]).toEqual(signal === null ? [0, null] : [null, 'SIGKILL']);
  return { lines: said.split('\n'), isKilled: signal !== null };
}

/** What a kill in the midst of a restoration left is completed by another one. */
async function finishRestoration(repository: BackupRepository, directory: string, lines: readonly string[]): Promise<void> {
  const last = lines.findLast((line) => /^restor/.test(line));
  const [, id = '', name = ''] = /^restoring (\S+) (\S+)$/.exec(last ?? '') ?? [];
  if (id !== '') {
    const target = new LocalFileStore({ root: join(directory, name), durability: 'atomic' });
    expect(await repository.restore(id, target)).toMatchObject({ conflicts: [], lost: [], unreadable: [] });
    expect(await findDifferences(target)).toEqual([]);
    await target.close();
  }
}

it('restores every snapshot byte by byte after kills in the midst of backups, prunes and restorations', {
  timeout: 3_600_000,
}, async () => {
  const directory = await temporaryDirectory();
  const below = seededNumbers(seed);
  const made: string[] = [];
  let [kills, interrupted, deletedPacks] = [0, 0, 0];
  for (let round = 0; kills < rounds; round += 1) {
    const { lines, isKilled } = await runAndKill(directory, round * stepsARound, 1 + below(420), below(8));
    kills += isKilled ? 1 : 0;
    interrupted += lines.findLast((line) => line !== '')?.startsWith('restoring') === true ? 1 : 0;
    made.push(...lines.flatMap((line) => /^made (\S+)$/.exec(line)?.[1] ?? []));
    const files = new LocalFileStore({ root: join(directory, 'repository'), durability: 'atomic' });
    if (await files.exists('repository.json')) {
      // Whoever held it is dead: nobody need wait for its end.
      await files.delete('locks');
      const repository = new BackupRepository({ files });
      const { snapshots, unreadable } = await repository.list();
      expect(unreadable).toEqual([]);
      // A prune keeps three; one of these may be a snapshot whose writer was killed before it could say so.
      expect(snapshots.map(({ id }) => id)).toEqual(expect.arrayContaining(made.slice(-2)));
      expect(await repository.verify(), `round ${round}`).toMatchObject({ isSound: true, lost: [], damaged: [] });
      for (const { id } of snapshots) {
        const target = new MemoryFileStore();
        await repository.restore(id, target);
        expect(await findDifferences(target)).toEqual([]);
      }
      await finishRestoration(repository, directory, lines);
      deletedPacks += (await repository.prune({ graceMs: 0 })).deletedPacks;
    }
    await files.close();
    for (let step = 0; step < stepsARound; step += 1) {
      await rm(join(directory, `restored-${round * stepsARound + step}`), { recursive: true, force: true });
    }
  }
  process.stdout.write(
    `${kills} kills, ${interrupted} in restorations; ${made.length} snapshots; ${deletedPacks} packs deleted by prunes after kills\n`,
  );
  expect(interrupted).toBeGreaterThan(rounds / 50);
  expect(deletedPacks).toBeGreaterThan(0);
});
