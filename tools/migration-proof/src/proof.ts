import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type S3Server, s3Source } from '@oh-tools/servers';
import { compareTrees, digestTree } from './digest-tree.ts';
import { makeConversations } from './make-conversations.ts';
import { runMigration } from './run-migration.ts';

/**
 * Conversations are migrated from the local disk to a bucket and from there to another directory, by `oh-storage migrate`, which is interrupted and killed on the
 * way. Afterwards both directories have the same files with the same bytes, and no other.
 *
 * Exit code 0: they have; 1: they have not; 2: there is no S3 server here.
 */
const { values } = parseArgs({
  options: {
    conversations: { type: 'string', default: '500' },
    kills: { type: 'string', default: '4' },
    seed: { type: 'string', default: `${Date.now() % 1_000_000}` },
  },
});
const missing = s3Source.missing();
if (missing === undefined) {
  process.exitCode = (await prove(await s3Source.start())) ? 0 : 1;
} else {
  console.log(`not tried: ${missing}`);
  process.exitCode = 2;
}

async function prove(server: S3Server): Promise<boolean> {
  const directory = await mkdtemp(join(tmpdir(), 'oh-migration-proof-'));
  const [from, back] = [join(directory, 'from'), join(directory, 'back')];
  const count = Number(values.conversations);
  const shared = {
    env: { ...process.env, ...environmentOf(server) },
    kills: Number(values.kills),
    latestMs: Math.min(20_000, 1500 + 5 * count),
    random: randomOf(Number(values.seed)),
  };
  console.log(`${count} conversations, seed ${values.seed}`);
  try {
    await makeConversations(from, count);
    const bucket = `s3://${server.bucket}/migration-proof`;
    const faults: string[] = [];
    for (const [name, task] of [
      ['local to MinIO', { from: `local:${from}`, to: bucket }],
      ['MinIO to local', { from: bucket, to: `local:${back}` }],
    ] as const) {
      const began = performance.now();
      const result = await runMigration({ ...shared, ...task });
      faults.push(...result.faults);
      console.log(`${name}: ${result.kills} kills, ${((performance.now() - began) / 1000).toFixed(0)} s: ${result.summary}`);
    }
    const [source, copy] = [await digestTree(from), await digestTree(back)];
    faults.push(...compareTrees(source, copy));
    console.log(`${source.size} files at the source, ${copy.size} after the way back: ${faults.length} differences`);
    for (const fault of faults.slice(0, 10)) {
      console.log(`  ${fault}`);
    }
    return faults.length === 0 && source.size === 2 * count;
  } finally {
    await server.stop();
    await rm(directory, { recursive: true, force: true });
  }
}

function environmentOf({ endpoint, region, accessKeyId, secretAccessKey }: S3Server): Readonly<Record<string, string>> {
  return {
    AWS_S3_ENDPOINT: endpoint,
    AWS_S3_SECURE: String(endpoint.startsWith('https:')),
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
  };
}

/** Marsaglia's xorshift: the same seed, the same moments. */
function randomOf(start: number): () => number {
  let state = (start * 2 + 1) | 0;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}
