import { MemoryFileStore } from '@oh/file-store-core';
import { createFaultyFileStore } from '@oh/file-store-core/testing';
import fc from 'fast-check';
import { it } from 'vitest';
import type { StoredEvent } from '../src/event.ts';
import { FileEventStore } from '../src/file-event-store.ts';
import { readAll } from './read-all.ts';

const path = 'conversations/c1/events.json';

/** What happens to a log; `writer` is one of three. */
type Step =
  | { readonly kind: 'append'; readonly writer: number; readonly count: number; readonly operation: string | undefined }
  | { readonly kind: 'crash'; readonly writer: number; readonly cut: number }
  | { readonly kind: 'lose-answer'; readonly writer: number; readonly operation: string }
  | { readonly kind: 'restart'; readonly writer: number }
  | { readonly kind: 'read'; readonly writer: number; readonly start: number; readonly end: number; readonly reverse: boolean };

const writer = fc.nat(2);
const operation = fc.constantFrom('a', 'b', 'c', 'd', 'e');
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constant('append'),
    writer,
    count: fc.integer({ min: 1, max: 3 }),
    operation: fc.option(operation, { nil: undefined }),
  }),
  fc.record({ kind: fc.constant('crash'), writer, cut: fc.nat(60) }),
  fc.record({ kind: fc.constant('lose-answer'), writer, operation }),
  fc.record({ kind: fc.constant('restart'), writer }),
  fc.record({ kind: fc.constant('read'), writer, start: fc.nat(30), end: fc.nat(30), reverse: fc.boolean() }),
);

/** A log, and beside it a list that does what the log should do. */
class LogUnderTest {
  readonly #files = new MemoryFileStore();
  readonly #writers: FileEventStore[] = [0, 1, 2].map(() => this.#open());
  readonly #model: { readonly n: number; readonly operation: string | undefined }[] = [];
  #n = 0;

  async run(next: Step): Promise<void> {
    const store = this.#writers[next.writer] ?? this.#open();
    switch (next.kind) {
      case 'append':
        return await this.#append(store, next.count, next.operation);
      case 'crash':
        return await this.#crash(next.cut);
      case 'lose-answer':
        return await this.#loseAnswer(next.operation);
      case 'restart':
        this.#writers[next.writer] = this.#open();
        return;
      case 'read':
        return await this.#read(store, next);
    }
  }

  async check(): Promise<void> {
    for (const store of [...this.#writers, this.#open()]) {
      const stream = store.search();
      const events = await readAll(stream);
      assertSame(events.map(toPlain), this.#expected());
      assertSame(stream.unreadable, []);
    }
  }

  async #append(store: FileEventStore, count: number, name: string | undefined): Promise<void> {
    const made = this.#expected().filter((event) => name !== undefined && event.operation === name);
    const events = Array.from({ length: count }, (_, i) => ({ n: made[i]?.n ?? this.#n++ }));
    const stored = await store.appendAll(events, { operationId: name });
    this.#model.push(...events.slice(made.length).map(({ n }) => ({ n, operation: name })));
    const expected = this.#expected().filter(({ n }) => events.some((event) => event.n === n));
    assertSame(stored.map(toPlain), expected);
  }

  /** A writer that dies in the middle of an append: a part of its line is there, or all but the newline, which then counts. */
  async #crash(cut: number): Promise<void> {
    const before = await this.#text();
    if (before !== '' && !before.endsWith('\n')) {
      return;
    }
    const n = this.#n++;
    const line = `{"id":${this.#model.length},"timestamp":"t","n":${n}}`;
    await this.#files.append(path, line.slice(0, cut));
    if (cut >= line.length) {
      this.#model.push({ n, operation: undefined });
      // It counts once somebody appends.
      await this.#append(this.#open(), 1, undefined);
    }
  }

  async #loseAnswer(name: string): Promise<void> {
    const files = createFaultyFileStore(this.#files, { faults: [{ operations: ['append'], at: 'after' }] });
    const store = new FileEventStore({ files, conversationId: 'c1' });
    const isMade = this.#model.some((event) => event.operation === name);
    const n = this.#n++;
    const isLost = await store.append({ n }, { operationId: name }).then(
      () => false,
      () => true,
    );
    assertSame(isLost, !isMade);
    if (isLost) {
      this.#model.push({ n, operation: name });
    }
  }

  async #read(store: FileEventStore, { start, end, reverse }: Extract<Step, { kind: 'read' }>): Promise<void> {
    const events = await readAll(store.search({ startId: start, endId: end, reverse }));
    const expected = this.#expected().filter(({ id }) => id >= start && id <= end);
    assertSame(events.map(toPlain), reverse ? expected.reverse() : expected);
  }

  #expected(): { readonly id: number; readonly n: number; readonly operation: string | undefined }[] {
    return this.#model.map((event, id) => ({ id, ...event }));
  }

  #open(): FileEventStore {
    return new FileEventStore({ files: this.#files, conversationId: 'c1' });
  }

  async #text(): Promise<string> {
    return (await this.#files.exists(path)) ? await this.#files.read(path) : '';
  }
}

it('is what a list would be, whoever writes, restarts, dies or gets no answer', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40, size: 'max' }), async (steps) => {
      const log = new LogUnderTest();
      for (const each of steps) {
        await log.run(each);
      }
      await log.check();
    }),
    { numRuns: 300 },
  );
});

function toPlain(event: StoredEvent): object {
  return { id: event.id, n: event['n'], operation: event.operation_id };
}

function assertSame(actual: unknown, expected: unknown): void {
  if (JSON.stringify(actual) !== JSON.stringify(expected)) {
    throw new Error(`${JSON.stringify(actual)} is not ${JSON.stringify(expected)}`);
  }
}
