import { join } from 'node:path';
import { LocalFileStore } from '@oh/file-store-local';
import { compareRates } from '../compare-rates.ts';
import { DurableBareWriter } from '../durable-bare-writer.ts';
import type { Finding } from '../finding.ts';
import { numberedWrites } from '../numbered-writes.ts';
import type { RowContext } from './row-context.ts';

/** New files of 1.4 KB in one directory, each durable when its write is acknowledged. */
export async function measureWriteDurable(context: RowContext): Promise<Finding[]> {
  const root = join(context.directory, 'ours');
  await using store = new LocalFileStore({ root });
  const ours = numberedWrites('ours', root, (path, contents) => store.write(path, contents));
  const bareRoot = join(context.directory, 'bare');
  const writer = new DurableBareWriter();
  const bare = numberedWrites('open, write, fsync, close, rename, shared directory fsync', bareRoot, (path, contents) =>
    writer.write(join(bareRoot, path), contents),
  );
  const wanted = { ratioAtLeast: 0.8 };
  const together = await compareRates({ what: 'write durable, 16 in flight', inFlight: 16, ours, others: [{ ...bare, wanted }] }, context);
  const alone = await compareRates({ what: 'write durable, one at a time', inFlight: 1, ours, others: [bare] }, context);
  return [...together, ...alone];
}
