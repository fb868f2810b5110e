import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeFileStoreModel } from '@oh/file-store-core/testing';
import { afterAll } from 'vitest';
import { LocalFileStore } from '../src/index.ts';

const base = await mkdtemp(join(tmpdir(), 'oh-local-model-'));
afterAll(() => rm(base, { recursive: true }));

describeFileStoreModel('LocalFileStore', {
  open: async () => new LocalFileStore({ root: await mkdtemp(join(base, 'root-')), durability: 'atomic' }),
});
