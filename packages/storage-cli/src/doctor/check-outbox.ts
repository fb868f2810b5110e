import { outboxDirectory } from '@oh/storage';
import { formatCount } from '../format-count.ts';
import type { DoctorParts } from './doctor-parts.ts';

/** Finds outboxes with notices that wait, or were given up. */
export async function checkOutbox(parts: DoctorParts): Promise<void> {
  for (const path of await parts.files.list(outboxDirectory, { signal: parts.signal })) {
    const outbox = path.replace(/\/$/, '');
    const { pending, damaged } = await readNewestLog(outbox, parts);
    if (damaged > 0) {
      await parts.report({
        severity: 'error',
        check: 'outbox',
        path: outbox,
        message: `${damaged} lines of its log are damaged; the notices that they name are not counted`,
        advice: 'restore the log from a backup, or delete the outbox and tell the receiver to look at everything anew',
      });
    }
    if (pending > 0) {
      await parts.report({
        severity: 'warning',
        check: 'outbox',
        path: outbox,
        message: `${formatCount(pending, 'notice')} to a webhook left to deliver`,
        advice: 'see that the server of that name runs, which delivers them, and that the receiver takes them',
      });
    }
    const dead = (await parts.files.list(`${outbox}/dead-letters`, { signal: parts.signal })).length;
    if (dead > 0) {
      await parts.report({
        severity: 'warning',
        check: 'outbox',
        path: `${outbox}/dead-letters`,
        message: `${formatCount(dead, 'notice')} given up, since the receiver would not take them`,
        advice: 'find out why it would not, then replay them',
      });
    }
  }
}

/** What the newest log of an outbox intends and has not done; the logs before it were taken over. */
async function readNewestLog(
  outbox: string,
  { files, signal }: DoctorParts,
): Promise<{ readonly pending: number; readonly damaged: number }> {
  const logs = (await files.list(`${outbox}/log`, { signal })).filter((path) => /\/\d+\/$/.test(path));
  const newest = logs.at(-1)?.replace(/\/$/, '');
  const pending = new Set<string>();
  let damaged = 0;
  if (newest !== undefined) {
    for await (const { path } of files.entries(newest, { recursive: true, signal })) {
      // Not strict: a power cut may leave half a character in the last line.
      for (const line of new TextDecoder().decode(await files.readBytes(path, { signal })).split('\n')) {
        damaged += apply(line, pending) ? 0 : 1;
      }
    }
  }
  return { pending: pending.size, damaged };
}

/** A line that is torn was acknowledged to nobody. @returns False for one that is damaged. */
function apply(line: string, pending: Set<string>): boolean {
  if (!/^\{"t":"(intent|outcome|looked|done)"/.test(line) || !line.endsWith('}')) {
    return true;
  }
  const record = parse(line);
  if (record === undefined) {
    return false;
  }
  const { t, id, ids = [], outcome, change } = record;
  if (t === 'intent' && id !== undefined) {
    pending.add(id);
  }
  if (t === 'looked' && change === null && id !== undefined) {
    pending.delete(id);
  }
  for (const gone of t === 'done' || outcome === 'failed' ? ids : []) {
    pending.delete(gone);
  }
  return true;
}

/** What is read of a record of a log. */
interface LogRecord {
  readonly t: string;
  readonly id?: string;
  readonly ids?: readonly string[];
  readonly outcome?: string;
  readonly change?: object | null;
}

function parse(line: string): LogRecord | undefined {
  try {
    return JSON.parse(line) as LogRecord;
  } catch {
    // Its message would repeat what is in a notice.
    return undefined;
  }
}
