import { randomFill } from 'node:crypto';
import { closeSync, readdirSync, readlinkSync } from 'node:fs';
import { flushCompileCache } from 'node:module';
import { promisify } from 'node:util';
import { type FileStore, FileStoreError } from '@oh/file-store-core';
import { LocalFileStore } from '@oh/file-store-local';
import { scenarioNamed } from './inject/all-scenarios.ts';
import { type ActOutcome, type Aftermath, type InjectRequest, probePath } from './inject/inject-message.ts';
import type { Scenario } from './inject/scenario.ts';

/**
 * The process whose system calls are made to fail: prepares a root, does one operation when it is told to, and says how it ended.
 *
 * It is told by `recvmsg` and answers after the operation, so that nothing of that is taken for a call of the store.
 */
let scenario: Scenario;
let store: FileStore;

async function prepare(request: InjectRequest & { kind: 'prepare' }): Promise<void> {
  scenario = scenarioNamed(request.scenario);
  store = new LocalFileStore({ root: request.root, durability: request.durability });
  for (const [path, { contents, ...description }] of Object.entries(scenario.before)) {
    await store.write(path, contents, description);
  }
  await drain();
}

async function outcomeOf(action: () => Promise<unknown>): Promise<ActOutcome> {
  try {
    const result = await action();
    return { kind: 'done', result: typeof result === 'string' ? result : undefined };
  } catch (error) {
    const isStoreError = error instanceof FileStoreError;
    return {
      kind: 'failed',
      isStoreError,
      code: isStoreError ? error.code : undefined,
      path: isStoreError ? error.path : undefined,
      message: error instanceof Error ? error.message : String(error),
    };
  }
}

/** How many jobs the one thread of the pool does before the store is taken to be at rest. */
const drainRounds = 12;

/** Waits until what the store does in the background is over, without a call on a file. */
async function drain(): Promise<void> {
  for (let round = 0; round < drainRounds; round += 1) {
    await promisify(randomFill)(new Uint8Array(1));
  }
}

async function act(): Promise<ActOutcome> {
  const outcome = await outcomeOf(() => scenario.act(store));
  await drain();
  return outcome;
}

/** @param leaked Descriptors that stayed open only because their `close` was made to fail: Linux closes them all the same. */
async function finish({ area, leaked }: InjectRequest & { kind: 'finish' }): Promise<Aftermath> {
  for (const fd of leaked) {
    closeSync(fd);
  }
  const probe = scenario.name === 'close' ? undefined : await outcomeOf(() => store.write(probePath, 'probe'));
  const close = await outcomeOf(() => store.close());
  return { probe, close, leftOpen: openFilesUnder(area) };
}

function openFilesUnder(area: string): string[] {
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      const file = readlinkSync(`/proc/self/fd/${fd}`);
      return file.startsWith(area) ? [file] : [];
    } catch {
      // The descriptor of the listing itself.
      return [];
    }
  });
}

async function answer(request: InjectRequest): Promise<ActOutcome | Aftermath | null> {
  switch (request.kind) {
    case 'prepare':
      await prepare(request);
      return null;
    case 'act':
      return await act();
    case 'finish':
      return await finish(request);
  }
}

flushCompileCache();
process.on('message', async (request: InjectRequest) => {
  process.send?.(await answer(request));
});
// Whoever asked is gone.
process.on('disconnect', () => process.exit());
