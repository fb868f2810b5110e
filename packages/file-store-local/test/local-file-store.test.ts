import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeFileStore } from '@oh/file-store-core/testing';
import { afterAll } from 'vitest';
import { LocalFileStore } from '../src/index.ts';

const base = await mkdtemp(join(tmpdir(), 'oh-local-'));
afterAll(() => rm(base, { recursive: true }));

for (const durability of ['durable', 'atomic'] as const) {
  describeFileStore(`LocalFileStore, ${durability}`, {
    open: async () => new LocalFileStore({ root: await mkdtemp(join(base, 'root-')), durability }),
    capabilities: { conditions: true, append: true, metadata: false, fileBesideDirectory: false, maxFileBytes: Number.POSITIVE_INFINITY },
  });
}
