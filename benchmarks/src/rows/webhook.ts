import { mkdir } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { type FileStore, MemoryFileStore } from '@oh/file-store-core';
import { LocalFileStore } from '@oh/file-store-local';
import { BatchedWebHookFileStore } from '@oh/file-store-webhook';
import { collectGarbage } from '../collect-garbage.ts';
import { compareRates } from '../compare-rates.ts';
import { compareRounds } from '../compare-rounds.ts';
import type { Finding } from '../finding.ts';
import { numberedRecord, recordFileName } from '../numbered-record.ts';
import { numberedWrites } from '../numbered-writes.ts';
import { startWebhookReceiver, type WebhookReceiver } from '../webhook-receiver.ts';
import type { RowContext } from './row-context.ts';

/** Rounds of deliveries, after one that does not count. */
const rounds = 5;

/** Threads of the pool that OpenHands sends from: those of Python's `ThreadPoolExecutor` here, processors and four. */
const threads = 6;

/** Writers at once. */
const writers = 64;

/** Notices delivered, and what a wrapped write costs. */
export async function measureWebhook(context: RowContext): Promise<Finding[]> {
  await using receiver = await startWebhookReceiver();
  return [
    await compareDeliveries(receiver, context),
    ...(await compareWrites('durable', receiver, context)),
    ...(await compareWrites('atomic', receiver, context)),
  ];
}

/** From the first write until everything is delivered, on a store in memory. */
async function compareDeliveries(receiver: WebhookReceiver, { full, signal, onProgress }: RowContext): Promise<Finding> {
  const [manyNotices, fewNotices] = full ? [40_000, 4_000] : [10_000, 1_000];
  const sides = { batched: [] as number[], oneByOne: [] as number[] };
  for (let round = 0; round <= rounds; round += 1) {
    onProgress(`round ${round} of ${rounds}`);
    for (const side of round % 2 === 0 ? (['batched', 'oneByOne'] as const) : (['oneByOne', 'batched'] as const)) {
      signal.throwIfAborted();
      collectGarbage();
      const notices = side === 'batched' ? manyNotices : fewNotices;
      const startedAt = performance.now();
      await (side === 'batched' ? deliverBatched(receiver, notices) : postOneByOne(receiver, notices));
      const seconds = (performance.now() - startedAt) / 1000;
      await checkCount(receiver, notices);
      if (round > 0) {
        sides[side].push(notices / seconds);
      }
    }
  }
  return {
    what: 'notices of 1.4 KB delivered in batches',
    unit: '/s',
    ...compareRounds({ name: 'ours', reached: sides.batched }, { name: 'a POST for each write, as OpenHands', reached: sides.oneByOne }),
    wanted: { atLeast: 20_000 },
  };
}

async function deliverBatched({ baseUrl }: WebhookReceiver, notices: number): Promise<void> {
  await using store = new BatchedWebHookFileStore(new MemoryFileStore(), { baseUrl });
  await together(writers, notices, (number) => store.write(recordFileName(number), numberedRecord(number)));
  await store.flush();
}

/** The store is written, then a thread of the pool posts: here a connection stands for a thread. */
async function postOneByOne({ baseUrl }: WebhookReceiver, notices: number): Promise<void> {
  await using store = new MemoryFileStore();
  const agent = new Agent({ keepAlive: true, maxSockets: threads });
  try {
    await together(threads, notices, async (number) => {
      const contents = numberedRecord(number);
      await store.write(recordFileName(number), contents);
      await post(`${baseUrl}${recordFileName(number)}`, contents, agent);
    });
  } finally {
    agent.destroy();
  }
}

async function post(url: string, contents: Buffer, agent: Agent): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const outgoing = request(url, { method: 'POST', agent }, (response) => {
    response.resume().on('end', resolve).on('error', reject);
  });
  outgoing.on('error', reject).end(contents);
  await promise;
}

async function checkCount(receiver: WebhookReceiver, wanted: number): Promise<void> {
  const { notices } = await receiver.takeCount();
  if (notices !== wanted) {
    throw new Error(`${wanted} notices were sent, ${notices} have arrived`);
  }
}

async function together(inFlight: number, count: number, action: (number: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const runner = async (): Promise<void> => {
    while (next < count) {
      next += 1;
      await action(next);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, runner));
}

/** A write through the webhook store, delivered meanwhile, against the same write to the store beneath. */
async function compareWrites(
  durability: 'durable' | 'atomic',
  { baseUrl }: WebhookReceiver,
  context: RowContext,
): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for (const withOutbox of [false, true]) {
    const directory = join(context.directory, `${durability}-${withOutbox}`);
    await mkdir(directory);
    const [bareRoot, root, outboxRoot] = ['bare', 'wrapped', 'outbox'].map((name) => join(directory, name)) as [string, string, string];
    await using bare = new LocalFileStore({ root: bareRoot, durability });
    await using files = new LocalFileStore({ root, durability });
    await using outbox = new LocalFileStore({ root: outboxRoot, durability });
    await using store = new BatchedWebHookFileStore(files, { baseUrl, outbox: withOutbox ? outbox : undefined });
    const wanted = { ratioAtLeast: withOutbox ? 1 / 2 : 1 / 1.2 };
    for (const inFlight of [1, 16]) {
      const what = `write ${durability}, ${withOutbox ? 'with an outbox' : 'no outbox'}, ${inFlight === 1 ? 'one at a time' : `${inFlight} in flight`}`;
      const others = [{ ...writesOf('the store beneath', bareRoot, bare), wanted }];
      findings.push(...(await compareRates({ what, inFlight, ours: writesOf('ours', root, store), others }, context)));
    }
  }
  return findings;
}

function writesOf(name: string, root: string, store: FileStore): ReturnType<typeof numberedWrites> {
  return numberedWrites(name, root, (path, contents) => store.write(path, contents));
}
