import { join } from 'node:path';
import { LocalFileStore } from '@oh/file-store-local';
import { bareWrite, bareWriteSync } from '../bare-write.ts';
import { compareRates, type Other } from '../compare-rates.ts';
import type { Finding } from '../finding.ts';
import { numberedWrites } from '../numbered-writes.ts';
import { peersOf } from '../peers.ts';
import type { RowContext } from './row-context.ts';

/** New files of 1.4 KB, one at a time, without fsync. */
export async function measureWriteAtomic(context: RowContext): Promise<Finding[]> {
  const root = join(context.directory, 'ours');
  await using store = new LocalFileStore({ root, durability: 'atomic' });
  const ours = numberedWrites('ours', root, (path, contents) => store.write(path, contents));
  const others = [...peers(join(context.directory, 'peers')), ...bare(join(context.directory, 'bare'))];
  return await compareRates({ what: 'write atomic, one at a time', inFlight: 1, ours, others }, context);
}

function peers(root: string): Other[] {
  return peersOf(root)
    .flatMap(({ atomicWrites }) => atomicWrites)
    .map(({ name, write }) => ({ ...numberedWrites(name, root, write), wanted: { ratioAtLeast: 3 } }));
}

function bare(root: string): Other[] {
  return [
    {
      ...numberedWrites('fs/promises open, write, close, rename', root, (path, contents) => bareWrite(join(root, path), contents)),
      wanted: { ratioAtLeast: 0.8 },
    },
    numberedWrites('the same with synchronous calls', root, (path, contents) => bareWriteSync(join(root, path), contents)),
  ];
}
