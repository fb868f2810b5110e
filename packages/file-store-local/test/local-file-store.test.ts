import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeFileStore } from '@oh/file-store-core/testing';
import { afterAll } from 'vitest';
import { LocalFileStore } from '../src/index.ts';

const base = await mkdtemp(join(tmpdir(), 'oh-local-'));
afterAll(() => rm(base, { recursive: true }));

const newRoot = (): Promise<string> => mkdtemp(join(base, 'root-'));
const capabilities = {
  conditions: true,
  append: true,
  metadata: true,
  fileBesideDirectory: false,
  maxFileBytes: Number.POSITIVE_INFINITY,
};

describeFileStore('LocalFileStore, durable', { open: async () => new LocalFileStore({ root: await newRoot() }), capabilities });

describeFileStore('LocalFileStore, atomic', {
  open: async () => new LocalFileStore({ root: await newRoot(), durability: 'atomic' }),
  capabilities,
  processes: {
    openShared: async () => {
      const root = await newRoot();
      return { store: new LocalFileStore({ root, durability: 'atomic' }), argument: root };
    },
    worker: new URL('local-worker.ts', import.meta.url),
    execArgv: ['--conditions=@oh/source'],
  },
});
