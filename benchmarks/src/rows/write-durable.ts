import { join } from 'node:path';
import { LocalFileStore } from '@oh/file-store-local';
import { compareRates } from '../compare-rates.ts';
import { DurableBareWriter } from '../durable-bare-writer.ts';
import type { Finding } from '../finding.ts';
import { numberedWrites } from '../numbered-writes.ts';
import { openLocalPeers, separateRoots } from '../peers/open-local-peers.ts';
import { localLoadsOf } from './local-loads.ts';
import { withNotCompared } from './not-compared.ts';
import { peerWrites } from './peer-writes.ts';
import type { RowContext } from './row-context.ts';
import { shareSeconds } from './share-seconds.ts';

/** New files in one directory, each durable when its write is acknowledged, against the libraries that flush what they write. */
export async function measureWriteDurable(context: RowContext): Promise<Finding[]> {
  const root = join(context.directory, 'ours');
  const bareRoot = join(context.directory, 'bare');
  const locate = separateRoots(join(context.directory, 'peers'));
  const { peers, missing } = await openLocalPeers(locate);
  await using store = new LocalFileStore({ root });
  const writer = new DurableBareWriter();
  const findings: Finding[] = [];
  for (const { bytes, name, ...contest } of localLoadsOf(context)) {
    const ours = numberedWrites('ours', root, (path, contents) => store.write(path, contents), { bytes });
    const bareName = 'open, write, fsync, close, rename, shared directory fsync';
    const bare = numberedWrites(bareName, bareRoot, (path, contents) => writer.write(join(bareRoot, path), contents), { bytes });
    const wanted = contest.inFlight === 1 ? undefined : { ratioAtLeast: 0.8 };
    const others = [{ ...bare, wanted }, ...peerWrites(peers, { locate, wanted: { durable: undefined }, bytes })];
    const what = `write durable, ${name}`;
    findings.push(...(await compareRates({ what, ...contest, ours, others }, shareSeconds(context, others.length + 1))));
  }
  const without = peers.filter(({ writes }) => writes.every(({ guarantee }) => guarantee !== 'durable'));
  return withNotCompared(findings, [...missing, ...without.map(({ library }) => `${library} flushes nothing`)]);
}
