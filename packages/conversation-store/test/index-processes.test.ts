import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sessionsLayout } from '@oh/file-store-core';
import { LocalFileStore } from '@oh/file-store-local';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FileConversationStore } from '../src/file-conversation-store.ts';
import { checkIndex } from './check-index-races.ts';

const program = new URL('./racing-process.ts', import.meta.url);

describe('processes that race on one disk', () => {
  let root: string;
  let files: LocalFileStore;

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'conversation-store-'));
    files = new LocalFileStore({ root, durability: 'atomic' });
  });

  afterEach(async () => {
    await files.close();
    await rm(root, { recursive: true });
  });

  function start(racer: number, rounds: number): { readonly process: ChildProcess; readonly ended: Promise<unknown[]> } {
    const process = fork(program, [root, `${racer}`, `${rounds}`], { execArgv: ['--conditions=@oh/source'], stdio: 'inherit' });
    return { process, ended: once(process, 'exit') };
  }

  it('agree at the end, and so does the index', { timeout: 120_000 }, async () => {
    const ends = await Promise.all(Array.from({ length: 4 }, (_, racer) => start(racer, 12).ended));
    expect(ends.map(([code]) => code)).toEqual([0, 0, 0, 0]);
    await checkIndex(files, sessionsLayout);
  });

  it('leave an index that is right when they are killed', { timeout: 120_000 }, async () => {
    for (let round = 0; round < 4; round += 1) {
      const racers = Array.from({ length: 2 }, (_, racer) => start(racer + round, 100_000));
      for (let told = 0; told < 3 + round; told += 1) {
        await Promise.race(racers.map(({ process }) => once(process, 'message')));
      }
      for (const racer of racers) {
        racer.process.kill('SIGKILL');
      }
      await Promise.all(racers.map(({ ended }) => ended));
      await checkIndex(files, sessionsLayout);
    }
    const store = new FileConversationStore({ files, layout: sessionsLayout });
    await store.prune({ olderThan: new Date() });
    expect(await files.list('sessions')).toEqual([]);
  });
});
