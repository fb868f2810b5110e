import type { DoctorParts } from './doctor-parts.ts';

/** Where notices wait that a webhook has not taken, a directory for each server. */
const outboxes = '.oh-outbox';

/** Finds outboxes with notices that wait, or were given up. */
export async function checkOutbox(parts: DoctorParts): Promise<void> {
  for (const path of await parts.files.list(outboxes, { signal: parts.signal })) {
    const outbox = path.replace(/\/$/, '');
    const pending = await countPending(outbox, parts);
    if (pending > 0) {
      await parts.report({
        severity: 'warning',
        check: 'outbox',
        path: outbox,
        message: `${pending} notices to a webhook wait here`,
        advice: 'see that the server of that name runs, which delivers them, and that the receiver takes them',
      });
    }
    const dead = (await parts.files.list(`${outbox}/dead-letters`, { signal: parts.signal })).length;
    if (dead > 0) {
      await parts.report({
        severity: 'warning',
        check: 'outbox',
        path: `${outbox}/dead-letters`,
        message: `${dead} notices were given up, since the receiver would not take them`,
        advice: 'find out why it would not, then replay them',
      });
    }
  }
}

/** What the newest log of an outbox intends and has not done; the logs before it were taken over. */
async function countPending(outbox: string, { files, signal }: DoctorParts): Promise<number> {
  const logs = await files.list(`${outbox}/log`, { signal });
  const newest = logs.at(-1)?.replace(/\/$/, '');
  const pending = new Set<string>();
  if (newest !== undefined) {
    for await (const { path } of files.entries(newest, { recursive: true, signal })) {
      for (const line of (await files.read(path, { signal })).split('\n')) {
        apply(line, pending);
      }
    }
  }
  return pending.size;
}

/** A line that is torn was acknowledged to nobody. */
function apply(line: string, pending: Set<string>): void {
  const [, t] = /^\{"t":"(intent|done)"/.exec(line) ?? [];
  if (t === undefined || !line.endsWith('}')) {
    return;
  }
  const { id, ids = [] } = JSON.parse(line) as { readonly id?: string; readonly ids?: readonly string[] };
  if (t === 'intent' && id !== undefined) {
    pending.add(id);
  }
  for (const done of t === 'done' ? ids : []) {
    pending.delete(done);
  }
}
