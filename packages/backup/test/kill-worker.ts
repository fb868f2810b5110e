/**
 * Backs up, restores and prunes, and kills itself: `kill-worker.ts DIRECTORY FIRST-STEP OPERATIONS TURNS`, so many turns after so many operations of stores.
 *
 * Says `made ID` when a snapshot was acknowledged, and `restoring ID NAME` before it restores one.
 */
import { subscribe } from 'node:diagnostics_channel';
import { writeSync } from 'node:fs';
import { join } from 'node:path';
import { MemoryFileStore, operationChannelName } from '@oh/file-store-core';
import { LocalFileStore } from '@oh/file-store-local';
import { BackupRepository } from '../src/index.ts';
import { writeNumberedTree } from './numbered-tree.ts';

const [directory = '', firstStep, operations, turns] = process.argv.slice(2);
const files = new LocalFileStore({ root: join(directory, 'repository'), durability: 'atomic' });
const repository = new BackupRepository({ files });
const say = (line: string): void => void writeSync(1, `${line}\n`);
let left = Number(operations);

function killAfter(rest: number): void {
  if (rest === 0) {
    process.kill(process.pid, 'SIGKILL');
  }
  setImmediate(() => killAfter(rest - 1));
}

const first = Number(firstStep);
const source = new MemoryFileStore();
await writeNumberedTree(source, first);
subscribe(operationChannelName, () => {
  left -= 1;
  if (left === 0) {
    killAfter(Number(turns));
  }
});
for (let step = first; step < first + 3; step += 1) {
  await writeNumberedTree(source, step);
  const { id } = await repository.create(source);
  say(`made ${id}`);
  const target = new LocalFileStore({ root: join(directory, `restored-${step}`), durability: 'atomic' });
  say(`restoring ${id} restored-${step}`);
  await repository.restore(id, target);
  await target.close();
  say('restored');
  await repository.prune({ olderThan: new Date(Date.now() + 1000), keepLatest: 3, graceMs: 0 });
}
await files.close();
