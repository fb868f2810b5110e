import { FileConversationStore } from '@oh/conversation-store';
import { FileEventStore, type StoredEvent } from '@oh/event-store';
import type { FileStore } from '@oh/file-store-core';
import { type CapturedRun, runCaptured } from './run-captured.ts';
import { schemeOf } from './scheme-of.ts';

/** With a passphrase for what is secret. */
export const env = { OH_SECRET_KEY: 'correct horse battery staple' };

interface Counts {
  readonly new: number;
  readonly present: number;
  readonly damaged: number;
}

type Report = Readonly<Record<'conversations' | 'events' | 'settings' | 'secrets', Counts>> & { readonly failed: number };

/** Imports into a store. */
export async function importInto(
  to: FileStore,
  from: string,
  ...argv: readonly string[]
): Promise<CapturedRun & { readonly report: Report }> {
  const run = await runCaptured(['import', 'openhands', from, '--to', 'test:', '--json', '--quiet', ...argv], {
    env,
    schemes: { test: schemeOf(to) },
  });
  return { ...run, report: JSON.parse(run.stdout) as Report };
}

export async function recordOf(files: FileStore, id: string, userId?: string): Promise<Readonly<Record<string, unknown>>> {
  const store = new FileConversationStore({ files, userId });
  try {
    return await store.getMetadata(id);
  } finally {
    await store.close();
  }
}

export async function eventsOf(files: FileStore, conversationId: string, userId?: string): Promise<readonly StoredEvent[]> {
  const store = new FileEventStore({ files, conversationId, userId });
  try {
    return await Array.fromAsync(store.search());
  } finally {
    await store.close();
  }
}
