import { seededRandom } from './seeded-random.ts';

/** Bytes that look random and are the same for the same seed. */
export function randomBytes(size: number, seed: number): Uint8Array {
  const random = seededRandom(seed);
  return Uint8Array.from({ length: size }, () => random() * 256);
}

/** Calls `action` for 0 to `count - 1`, at most `width` at a time. */
export async function repeat(count: number, width: number, action: (index: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < count) {
      const index = next;
      next += 1;
      await action(index);
    }
  };
  await Promise.all(Array.from({ length: Math.min(width, count) }, work));
}

/** A source that yields `chunks`, tells that it did, and then stays silent for ever. */
export function silentAfter(...chunks: Uint8Array[]): { readonly source: AsyncIterable<Uint8Array>; readonly silent: Promise<void> } {
  const { promise: silent, resolve } = Promise.withResolvers<void>();
  async function* generate(): AsyncGenerator<Uint8Array, void, undefined> {
    yield* chunks;
    resolve();
    await new Promise(() => undefined);
  }
  return { source: generate(), silent };
}

/** All items of an iterable. */
export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const collected: T[] = [];
  for await (const item of items) {
    collected.push(item);
  }
  return collected;
}
