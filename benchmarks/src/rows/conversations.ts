import { join } from 'node:path';
import { FileConversationStore } from '@oh/conversation-store';
import { sessionsLayout } from '@oh/file-store-core';
import { LocalFileStore } from '@oh/file-store-local';
import { compareRounds, type Rounds } from '../compare-rounds.ts';
import { conversationId, makeConversationHome } from '../conversation-home.ts';
import type { Finding } from '../finding.ts';
import { searchAsOpenHands } from '../openhands-search.ts';
import type { RowContext } from './row-context.ts';

/** Conversations of the homes: many; as few as are compared with the directory for every first page; and one more, which are not. */
const many = 100_000;
const few = 1000;
const justNotFew = few + 1;

const limit = 20;
const rounds = 5;
/** Pages of one turn of ours; OpenHands' algorithm has one. */
const pagesPerTurn = 50;

/** One home of conversations and the stores over it. */
interface Home extends AsyncDisposable {
  readonly count: number;
  readonly page: () => Promise<readonly string[]>;
}

/** The first page of 20 conversations among 100,000, against OpenHands' algorithm, and against the same page among 1,000. */
export async function measureConversations(context: RowContext): Promise<Finding[]> {
  await using crowded = await openHome(join(context.directory, 'many'), many, context);
  await using small = await openHome(join(context.directory, 'few'), few, context);
  await using middling = await openHome(join(context.directory, 'just-not-few'), justNotFew, context);
  const openHands = { count: many, page: () => searchAsOpenHands(join(context.directory, 'many'), limit) };
  const [ours, fewer, middle, theirs] = await measureInTurns([crowded, small, middling, openHands], context);
  const what = 'first page of 20 conversations among 100,000';
  const compare = (name: string, reached: readonly number[] = [], ratioAtLeast = 0): Finding => {
    const other: Rounds = { name, reached };
    return { what, unit: '/s', ...compareRounds({ name: 'ours', reached: ours ?? [] }, other), wanted: { ratioAtLeast } };
  };
  return [
    compare("OpenHands' algorithm: reads every record", theirs, 100),
    compare('the same among 1,000, with a comparison each', fewer, 0.5),
    compare('the same among 1,001', middle, 0.5),
  ];
}

/** Writes a home and lets the store find all that is in it. */
async function openHome(root: string, count: number, { onProgress, signal }: RowContext): Promise<Home> {
  onProgress(`writing ${count} conversations`);
  makeConversationHome(root, count);
  const files = new LocalFileStore({ root, durability: 'atomic' });
  const store = new FileConversationStore({ files, layout: sessionsLayout });
  const page = async (): Promise<readonly string[]> =>
    (await store.search({ limit, signal })).results.map(({ conversation_id }) => conversation_id);
  signal.addEventListener('abort', () => void store.close(), { once: true });
  onProgress(`the index of ${count} conversations is written`);
  // The first search begins the index; the second one a comparison, where the index took long.
  for (let search = 0; search < 2; search += 1) {
    await page();
    await store.background;
    signal.throwIfAborted();
  }
  return {
    count,
    page,
    async [Symbol.asyncDispose]() {
      await store.close();
      await files.close();
    },
  };
}

/** Pages per second of each side, round by round; a first round of ours, which brings the files into the page cache, does not count. */
async function measureInTurns(sides: readonly Pick<Home, 'count' | 'page'>[], { onProgress, signal }: RowContext): Promise<number[][]> {
  const reached = sides.map((): number[] => []);
  const expected = Array.from({ length: limit }, (_, number) => conversationId(number)).join();
  for (let round = 0; round <= rounds; round += 1) {
    const order = [...sides.entries()];
    for (const [index, { count, page }] of round % 2 === 0 ? order : order.toReversed()) {
      onProgress(`round ${round} of ${rounds}: among ${count}`);
      const isOurs = index < sides.length - 1;
      const pages = isOurs ? pagesPerTurn : Math.min(round, 1);
      const begun = performance.now();
      for (let at = 0; at < pages; at += 1) {
        signal.throwIfAborted();
        if ((await page()).join() !== expected) {
          throw new Error(`another page than the newest ${limit} of ${count}`);
        }
      }
      if (round > 0) {
        reached[index]?.push((pages * 1000) / (performance.now() - begun));
      }
    }
  }
  return reached;
}
