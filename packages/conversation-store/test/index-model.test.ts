import { FileStoreError, homeLayout, MemoryFileStore, type StorageLayout, sessionsLayout } from '@oh/file-store-core';
import { interceptFileStore } from '@oh/file-store-core/testing';
import { hasTombstone } from '@oh/file-store-core/tombstones';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FileConversationStore } from '../src/file-conversation-store.ts';
import { newRecord } from './new-record.ts';

/** A conversation as the model has it. */
interface Modelled {
  readonly instant: number;
  readonly repository: string;
  /** Whether the record can be read. */
  readonly isReadable: boolean;
}

/** What the model knows: conversations by id, and the ids that have been deleted through the store. */
interface Model {
  readonly conversations: Map<string, Modelled>;
  readonly deleted: Set<string>;
}

const ids = ['a', 'a.b', 'a-b', 'b'] as const;
const id = fc.constantFrom(...ids);
const fields = fc.record({ instant: fc.integer({ min: 0, max: 3 }), repository: fc.constantFrom('r0', 'r1') });
/** At which change of files the process is stopped; `undefined`: at none. */
const stopAt = fc.option(fc.integer({ min: 1, max: 6 }), { nil: undefined });

type Step =
  | {
      readonly kind: 'save' | 'update';
      readonly id: string;
      readonly fields: { readonly instant: number; readonly repository: string };
      readonly stopAt: number | undefined;
    }
  | { readonly kind: 'recreate'; readonly id: string; readonly fields: { readonly instant: number; readonly repository: string } }
  | { readonly kind: 'delete'; readonly id: string; readonly stopAt: number | undefined }
  | { readonly kind: 'foreign write'; readonly id: string; readonly fields: { readonly instant: number; readonly repository: string } }
  | { readonly kind: 'foreign damage' | 'foreign deletion'; readonly id: string }
  | { readonly kind: 'loss of the index'; readonly part: string }
  | { readonly kind: 'search' | 'hours go by' };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constantFrom('save' as const, 'update' as const), id, fields, stopAt }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('recreate' as const), id, fields }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('delete' as const), id, stopAt }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('foreign write' as const), id, fields }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('foreign damage' as const, 'foreign deletion' as const), id }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('loss of the index' as const), part: fc.constantFrom('', '/ids', '/state.json') }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom('search' as const, 'hours go by' as const) }) },
);

const at = (instant: number, repository = 'r0'): { readonly instant: number; readonly repository: string } => ({ instant, repository });

/** What the property has found, each a bug of its own. */
const found: readonly (readonly Step[])[] = [
  [
    { kind: 'save', id: 'a', fields: at(0), stopAt: undefined },
    { kind: 'save', id: 'a', fields: at(0, 'r1'), stopAt: undefined },
    { kind: 'delete', id: 'a', stopAt: undefined },
    { kind: 'foreign write', id: 'a', fields: at(0) },
  ],
  [
    { kind: 'save', id: 'a.b', fields: at(0), stopAt: undefined },
    { kind: 'save', id: 'a.b', fields: at(1), stopAt: undefined },
    { kind: 'delete', id: 'a.b', stopAt: undefined },
    { kind: 'foreign write', id: 'a.b', fields: at(1) },
    { kind: 'search' },
  ],
  [
    { kind: 'foreign write', id: 'a-b', fields: at(0) },
    { kind: 'search' },
    { kind: 'foreign write', id: 'a-b', fields: at(0, 'r1') },
    { kind: 'delete', id: 'a-b', stopAt: undefined },
    { kind: 'foreign damage', id: 'a-b' },
  ],
  [{ kind: 'foreign damage', id: 'a' }, { kind: 'search' }, { kind: 'delete', id: 'a', stopAt: 3 }],
  [
    { kind: 'save', id: 'a-b', fields: at(0), stopAt: undefined },
    { kind: 'foreign write', id: 'a-b', fields: at(1) },
    { kind: 'delete', id: 'a', stopAt: undefined },
  ],
];

/** One store of files, the model of it, and a process that may be stopped anywhere. */
class World {
  readonly #layout: StorageLayout;
  readonly #files = new MemoryFileStore();
  readonly #model: Model = { conversations: new Map(), deleted: new Set() };
  #now = Date.now();

  constructor(layout: StorageLayout) {
    this.#layout = layout;
  }

  async run(each: Step): Promise<void> {
    switch (each.kind) {
      case 'save':
      case 'update':
      case 'recreate':
        return await this.#save(each);
      case 'delete':
        return await this.#delete(each.id, each.stopAt);
      case 'foreign write':
        await this.#files.write(this.#layout.conversationMetadata(each.id), JSON.stringify(toRecord(each.id, each.fields)));
        this.#model.conversations.set(each.id, { ...each.fields, isReadable: true });
        return;
      case 'foreign damage':
        await this.#files.write(this.#layout.conversationMetadata(each.id), '{');
        this.#model.conversations.set(each.id, { instant: 0, repository: '', isReadable: false });
        return;
      case 'foreign deletion':
        await this.#files.delete(`${this.#layout.conversations()}/${each.id}`);
        this.#model.conversations.delete(each.id);
        return;
      case 'loss of the index':
        await this.#files.delete(`${this.#layout.conversationIndex()}${each.part}`);
        return;
      case 'hours go by':
        this.#now += 7_200_000;
        return;
      case 'search':
        return await this.check();
    }
  }

  /** A search shows what the model has, in pages of any size. */
  async check(): Promise<void> {
    const existing = [...this.#model.conversations].filter(([each]) => !this.#model.deleted.has(each));
    const readable = existing
      .filter(([, { isReadable }]) => isReadable)
      .sort(([a, left], [b, right]) => right.instant - left.instant || (a < b ? -1 : 1));
    const damaged = existing.flatMap(([each, { isReadable }]) => (isReadable ? [] : [each]));
    // The widest page first: what another program has moved shows on smaller ones once its old place was looked at.
    for (const limit of [100, 1, 3]) {
      const found: string[] = [];
      const unreadable = new Set<string>();
      const store = this.#open();
      let pageId: string | null = null;
      do {
        const page = await store.search({ limit, pageId });
        found.push(...page.results.map(({ conversation_id }) => conversation_id));
        for (const { conversation_id } of page.unreadable) {
          unreadable.add(conversation_id);
        }
        pageId = page.next_page_id;
        expect(found.length).toBeLessThanOrEqual(ids.length);
      } while (pageId !== null);
      expect(found).toEqual(readable.map(([each]) => each));
      expect([...unreadable].sort()).toEqual(damaged.sort());
    }
    // By now every record was on a page, so that also what another program changed in them is found.
    const { results } = await this.#open().search({ filter: { repository: 'r1' } });
    expect(results.map(({ conversation_id }) => conversation_id)).toEqual(
      readable.filter(([, { repository }]) => repository === 'r1').map(([each]) => each),
    );
  }

  async #save({
    kind,
    id: target,
    fields: given,
    ...rest
  }: Extract<Step, { readonly kind: 'save' | 'update' | 'recreate' }>): Promise<void> {
    const { conversations, deleted } = this.#model;
    const store = this.#open('stopAt' in rest ? rest.stopAt : undefined);
    const record = toRecord(target, given);
    const saving =
      kind === 'update' ? store.updateMetadata(target, () => record) : store.saveMetadata(record, { recreate: kind === 'recreate' });
    const isSaved = await saving.then(
      () => true,
      () => false,
    );
    if (kind === 'recreate' && isSaved) {
      deleted.delete(target);
    }
    const wasWritten = await this.#wasWritten(target, given);
    expect(isSaved && !wasWritten).toBe(false);
    if (!deleted.has(target) && wasWritten) {
      conversations.set(target, { ...given, isReadable: true });
    }
    expect(isSaved && deleted.has(target)).toBe(false);
    expect(isSaved && conversations.get(target)?.isReadable === false).toBe(false);
  }

  async #delete(target: string, stop: number | undefined): Promise<void> {
    const { conversations, deleted } = this.#model;
    const isDeleted = await this.#open(stop)
      .deleteMetadata(target)
      .then(
        () => true,
        () => false,
      );
    if (await hasTombstone(this.#files, this.#layout.conversationTombstone(target))) {
      deleted.add(target);
    }
    if (!(await this.#files.exists(this.#layout.conversationMetadata(target)))) {
      conversations.delete(target);
    }
    expect(isDeleted && conversations.has(target)).toBe(false);
  }

  /** A process that was stopped may have written the record, and not heard of it. */
  async #wasWritten(target: string, { instant, repository }: { readonly instant: number; readonly repository: string }): Promise<boolean> {
    const path = this.#layout.conversationMetadata(target);
    const text = (await this.#files.exists(path)) ? await this.#files.read(path) : '';
    return text.includes(`"selected_repository":"${repository}"`) && text.includes(`"created_at":"2025-01-01T00:00:0${instant}Z"`);
  }

  #open(stop?: number): FileConversationStore {
    let changes = 0;
    const files = interceptFileStore(this.#files, (operation) => {
      changes += operation === 'write' || operation === 'delete' ? 1 : 0;
      if (stop !== undefined && changes >= stop) {
        throw new FileStoreError('unavailable', 'stopped');
      }
    });
    return new FileConversationStore({ files, layout: this.#layout, now: () => new Date(this.#now) });
  }
}

function toRecord(
  target: string,
  { instant, repository }: { readonly instant: number; readonly repository: string },
): ReturnType<typeof newRecord> & { readonly created_at: string } {
  return { ...newRecord(target, { selected_repository: repository }), created_at: `2025-01-01T00:00:0${instant}Z` };
}

describe.each([homeLayout, sessionsLayout])('the store against a model, $name layout', (layout) => {
  it('shows what is there, whoever wrote it and wherever it was stopped', { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 25 }), async (steps) => {
        const world = new World(layout);
        for (const each of steps) {
          await world.run(each);
        }
        await world.check();
      }),
      { numRuns: 300, examples: found.map((steps): [Step[]] => [[...steps]]) },
    );
  });
});
