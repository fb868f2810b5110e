import { join } from 'node:path';
import { type ConversationSearchOptions, FileConversationStore } from '@oh/conversation-store';
import { sessionsLayout } from '@oh/file-store-core';
import { LocalFileStore } from '@oh/file-store-local';
import { compareRounds, type Rounds } from '../compare-rounds.ts';
import { conversationId, makeConversationHome } from '../conversation-home.ts';
import type { Finding } from '../finding.ts';
import { searchAsOpenHands } from '../openhands-search.ts';
import type { RowContext } from './row-context.ts';

/** Conversations of the small homes: as few as are compared with the directory for every first page; and one more, which are not. */
const few = 1000;
const justNotFew = few + 1;

const limit = 20;
/** A page that somebody reaches who scrolls a long way; the last one of the smallest home. */
const deepPage = 50;
const rounds = 5;
/** Pages of one turn of ours; OpenHands' algorithm has one. */
const pagesPerTurn = 50;

/** One home of conversations and the stores over it. */
interface Home extends AsyncDisposable {
  readonly firstPage: Side;
  readonly deepPage: Side;
}

/** One page, again and again. */
interface Side {
  readonly name: string;
  readonly pagesPerTurn: number;
  readonly page: () => Promise<readonly string[]>;
  /** The number of the newest conversation that it shows. */
  readonly first: number;
}

/** The first page of 20 conversations among many, and a deep one, against OpenHands' algorithm, and against the same pages among 1,000. */
export async function measureConversations(context: RowContext): Promise<Finding[]> {
  const many = context.full ? 100_000 : 10_000;
  await using crowded = await openHome(context, many);
  await using small = await openHome(context, few);
  await using middling = await openHome(context, justNotFew);
  const openHands = {
    name: "OpenHands' algorithm: reads every record",
    pagesPerTurn: 1,
    page: () => searchAsOpenHands(join(context.directory, String(many)), limit),
    first: 0,
  };
  const sides = [crowded.firstPage, crowded.deepPage, small.firstPage, middling.firstPage, small.deepPage, openHands];
  const [first, deep, fewFirst, middleFirst, fewDeep, theirs] = await measureInTurns(sides, context);
  const compare = (page: string, ours: Rounds | undefined, name: string, other: Rounds | undefined, ratioAtLeast: number): Finding => {
    const compared = compareRounds(ours ?? nothing, { ...(other ?? nothing), name });
    return { what: `${page} of 20 conversations among ${many.toLocaleString('en-US')}`, unit: '/s', ...compared, wanted: { ratioAtLeast } };
  };
  return [
    // It reads them all: a tenth of the conversations takes a tenth of the time.
    compare('first page', first, openHands.name, theirs, many / 1000),
    compare('first page', first, 'the same among 1,000, with a comparison each', fewFirst, 0.5),
    compare('first page', first, 'the same among 1,001', middleFirst, 0.5),
    compare(`${deepPage}th page`, deep, 'the first page', first, 0.5),
    compare(`${deepPage}th page`, deep, 'the same among 1,000', fewDeep, 0.5),
  ];
}

const nothing: Rounds = { name: '', reached: [] };

/** Writes a home and lets the store find all that is in it. */
async function openHome({ directory, onProgress, signal }: RowContext, count: number): Promise<Home> {
  onProgress(`writing ${count} conversations`);
  const root = join(directory, String(count));
  makeConversationHome(root, count);
  const files = new LocalFileStore({ root, durability: 'atomic' });
  const store = new FileConversationStore({ files, layout: sessionsLayout });
  const page = async (options: ConversationSearchOptions): Promise<readonly string[]> =>
    (await store.search({ limit, signal, ...options })).results.map(({ conversation_id }) => conversation_id);
  signal.addEventListener('abort', () => void store.close(), { once: true });
  onProgress(`the index of ${count} conversations is written`);
  // The first search begins the index; the second one a comparison, where the index took long.
  for (let search = 0; search < 2; search += 1) {
    await page({});
    await store.background;
    signal.throwIfAborted();
  }
  const pageId = await findPage(store, deepPage, signal);
  return {
    firstPage: { name: `first page among ${count}`, pagesPerTurn, page: () => page({}), first: 0 },
    deepPage: { name: `page ${deepPage} among ${count}`, pagesPerTurn, page: () => page({ pageId }), first: (deepPage - 1) * limit },
    async [Symbol.asyncDispose]() {
      await store.close();
      await files.close();
    },
  };
}

/** The id of a page, as somebody finds it who turns the pages before. */
async function findPage(store: FileConversationStore, number: number, signal: AbortSignal): Promise<string> {
  let pageId: string | undefined;
  for (let page = 1; page < number; page += 1) {
    const { next_page_id: next } = await store.search({ limit, pageId, signal });
    if (next === null) {
      throw new Error(`there are only ${page} pages`);
    }
    pageId = next;
  }
  return pageId ?? '';
}

/** Pages per second of each side, round by round; a first round, which brings the files into the page cache, does not count. */
async function measureInTurns(sides: readonly Side[], { onProgress, signal }: RowContext): Promise<Rounds[]> {
  const reached = sides.map(({ name }) => ({ name, reached: [] as number[] }));
  for (let round = 0; round <= rounds; round += 1) {
    const order = [...sides.entries()];
    for (const [index, side] of round % 2 === 0 ? order : order.toReversed()) {
      onProgress(`round ${round} of ${rounds}: ${side.name}`);
      // OpenHands' algorithm reads what the other sides have read by then.
      const pages = round === 0 && side.pagesPerTurn === 1 ? 0 : side.pagesPerTurn;
      const begun = performance.now();
      for (let page = 0; page < pages; page += 1) {
        signal.throwIfAborted();
        checkPage(side, await side.page());
      }
      if (round > 0) {
        reached[index]?.reached.push((pages * 1000) / (performance.now() - begun));
      }
    }
  }
  return reached;
}

function checkPage({ name, first }: Side, ids: readonly string[]): void {
  if (ids.join() !== Array.from({ length: limit }, (_, number) => conversationId(first + number)).join()) {
    throw new Error(`${name}: another page`);
  }
}
