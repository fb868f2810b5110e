import { join } from 'node:path';
import { LocalFileStore } from '@oh/file-store-local';
import { bareWrite, bareWriteSync } from '../bare-write.ts';
import { compareRates, type Other } from '../compare-rates.ts';
import type { Finding } from '../finding.ts';
import { recordBytes } from '../numbered-record.ts';
import { numberedWrites } from '../numbered-writes.ts';
import { openLocalPeers, separateRoots } from '../peers/open-local-peers.ts';
import { type LocalLoad, localLoadsOf } from './local-loads.ts';
import { withNotCompared } from './not-compared.ts';
import { peerWrites } from './peer-writes.ts';
import type { RowContext } from './row-context.ts';
import { shareSeconds } from './share-seconds.ts';

/** New files, without fsync, against the writes of other libraries that need none, whether a reader may see a part of them or not. */
export async function measureWriteAtomic(context: RowContext): Promise<Finding[]> {
  const root = join(context.directory, 'ours');
  const locate = separateRoots(join(context.directory, 'peers'));
  const { peers, missing } = await openLocalPeers(locate);
  await using store = new LocalFileStore({ root, durability: 'atomic' });
  const findings: Finding[] = [];
  for (const load of localLoadsOf(context)) {
    const { bytes, name, ...contest } = load;
    const wanted =
      load.inFlight === 1 ? { none: undefined, atomic: bytes === recordBytes ? { ratioAtLeast: 3 } : undefined } : { atomic: undefined };
    const others = [...peerWrites(peers, { locate, wanted, bytes }), ...bare(join(context.directory, 'bare'), load)];
    const ours = numberedWrites('ours', root, (path, contents) => store.write(path, contents), { bytes });
    const what = `write atomic, ${name}`;
    findings.push(...(await compareRates({ what, ...contest, ours, others }, shareSeconds(context, others.length + 1))));
  }
  return withNotCompared(findings, missing);
}

function bare(root: string, { bytes, inFlight }: LocalLoad): Other[] {
  const byPromises = numberedWrites(
    'fs/promises open, write, close, rename',
    root,
    (path, contents) => bareWrite(join(root, path), contents),
    { bytes },
  );
  const synchronous = numberedWrites(
    'the same with synchronous calls',
    root,
    (path, contents) => bareWriteSync(join(root, path), contents),
    { bytes },
  );
  return [{ ...byPromises, wanted: { ratioAtLeast: 0.8 } }, ...(inFlight === 1 ? [synchronous] : [])];
}
