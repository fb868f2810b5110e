import { type FileStore, MemoryFileStore } from '@oh/file-store-core';
import { WebHookFileStore, type WebHookFileStoreOptions } from '../src/index.ts';
import { ManualClock } from './manual-clock.ts';
import { Receiver } from './receiver.ts';

const neverOpens = { failures: 1_000_000 };

/** A store on a manual clock, whose receiver answers 500 until told otherwise. */
export async function openFailing(options: Partial<WebHookFileStoreOptions> = {}, files: FileStore = new MemoryFileStore()) {
  const receiver = await Receiver.start();
  receiver.answer = () => 500;
  const clock = new ManualClock();
  const store = new WebHookFileStore(files, {
    baseUrl: receiver.baseUrl,
    clock,
    random: () => 0.5,
    circuitBreaker: neverOpens,
    closeTimeoutMs: 60_000,
    ...options,
  });
  const close = async (): Promise<void> => {
    await receiver[Symbol.asyncDispose]();
    const closing = store.close();
    await drainClock(clock, closing);
  };
  return { receiver, clock, files, store, [Symbol.asyncDispose]: close };
}

/** Moves the clock over quick pauses until `promise` is settled. */
export async function drainClock(clock: ManualClock, promise: Promise<unknown>): Promise<void> {
  let isSettled = false;
  void promise.finally(() => {
    isSettled = true;
  });
  while (!isSettled) {
    await new Promise((resolve) => setImmediate(resolve));
    const pause = clock.delays.find((delay) => delay <= 1_000);
    if (pause !== undefined) {
      clock.advance(pause);
    }
  }
  await promise;
}
