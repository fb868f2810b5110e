import { FileStoreError } from '@oh/file-store-core';
import type { OutboxInfo } from '@oh/storage';
import type { CliContext } from '../cli-context.ts';
import { confirm } from '../confirm.ts';
import { escapeControl } from '../escape-control.ts';
import { toJsonLine } from '../to-json-line.ts';
import { findOutboxes, type OutboxOptions, throwUnreadable } from './list-notices.ts';

/** Options of `webhooks replay`. */
export interface ReplayNoticesOptions extends OutboxOptions {
  /** Asks nothing. */
  readonly yes?: boolean | undefined;
}

/**
 * Takes over the outboxes with something in them, queues what was given up again, and delivers what can be delivered soon; the rest stays where it is.
 *
 * @param ids Only the notices with these ids, of what was given up. None: all.
 * @throws {AggregateError} Of outboxes that are damaged, before anything is done; `--outbox` replays another one all the same.
 */
export async function replayNotices(context: CliContext, ids: readonly string[], options: ReplayNoticesOptions): Promise<void> {
  const found = await findOutboxes(context, options);
  throwUnreadable(found);
  const infos = found.filter((info) => hasAny(info, ids));
  const missing = ids.filter((id) => !infos.some(({ deadLetters }) => deadLetters.some((letter) => letter.id === id)));
  if (missing.length > 0) {
    throw new FileStoreError('not-found', `nothing with the id ${missing.join(', ')} was given up; see "webhooks dead"`);
  }
  if (infos.length === 0) {
    context.note('no notices');
    return;
  }
  const names = infos.map(({ instance }) => instance).join(', ');
  await confirm(
    context,
    `take over the outboxes ${names}: a server that has one open makes no more changes until it is started again`,
    options.yes,
  );
  for (const { instance } of infos) {
    await replayOne(context, instance, ids, options);
  }
}

function hasAny({ pending, deadLetters }: OutboxInfo, ids: readonly string[]): boolean {
  return ids.length === 0 ? pending.length + deadLetters.length > 0 : deadLetters.some(({ id }) => ids.includes(id));
}

async function replayOne(context: CliContext, outbox: string, ids: readonly string[], options: ReplayNoticesOptions): Promise<void> {
  const { signal } = context;
  const storage = await context.openStorage(options, { outbox });
  if (storage.webHook === undefined) {
    const advice = 'name the config.toml with file_store_web_hook_url by --config, or set FILE_STORE_WEB_HOOK_URL';
    throw new FileStoreError('invalid-argument', `no webhook is configured to deliver to; ${advice}`);
  }
  const result = await storage.webHook.replay({ ids: ids.length === 0 ? undefined : ids, signal });
  // Closing makes the attempts in quick succession, and waits for them.
  await storage.close();
  const [left] = await findOutboxes(context, { ...options, outbox });
  const report = { outbox, ...result, pending: left?.pending.length ?? 0, dead: left?.deadLetters.length ?? 0 };
  if (context.json) {
    await context.output.write(toJsonLine(report));
  } else {
    const { replayed, superseded, pending, dead } = report;
    await context.output.write(
      `${escapeControl(outbox)}: ${replayed} queued again, ${superseded} superseded, ${pending} still wait, ${dead} given up\n`,
    );
  }
}
