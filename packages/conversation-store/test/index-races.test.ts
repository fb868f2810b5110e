import { type FileStore, homeLayout, MemoryFileStore, sessionsLayout } from '@oh/file-store-core';
import { describe, it } from 'vitest';
import { checkIndexRaces } from './check-index-races.ts';

describe.each([homeLayout, sessionsLayout])('stores that race, $name layout', (layout) => {
  it('agree at the end, and so does the index', async () => {
    for (let round = 0; round < 10; round += 1) {
      const files: FileStore = new MemoryFileStore();
      await checkIndexRaces(
        Array.from({ length: 6 }, () => files),
        layout,
        20,
      );
    }
  });
});
