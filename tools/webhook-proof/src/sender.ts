import { LocalFileStore } from '@oh/file-store-local';
import { BatchedWebHookFileStore, WebHookFileStore } from '@oh/file-store-webhook';
import { type Change, contentsOf } from './change.ts';
import { ChangeLog, readChangeLog } from './change-log.ts';
import { seededRandom } from './random.ts';
import type { SenderTask } from './sender-task.ts';

/**
 * Changes files until so many changes are acknowledged, in this life and those before, then waits until all are delivered. Prints `ready` when it
 * begins and `delivered` when it ends.
 *
 * Each directory has one writer, so that the order of its changes is known.
 */
const task = JSON.parse(process.argv[2] ?? '') as SenderTask;

/** Share of the changes that delete one file, and that delete a directory. */
const deletesFile = 0.15;
const deletesDirectory = 0.02;

const before = readChangeLog(task.log);
const random = seededRandom(task.seed + before.length);
const log = new ChangeLog(task.log);
const files = new LocalFileStore({ root: task.root });
const outbox = new LocalFileStore({ root: task.outbox });
const options = {
  baseUrl: task.baseUrl,
  outbox,
  attempts: 10_000,
  attemptDelayMs: 20,
  circuitBreaker: { failures: 20, probeAfterMs: 50 },
  maxPending: 2_000,
  requestTimeoutMs: 2_000,
};
const store =
  task.form === 'plain'
    ? new WebHookFileStore(files, { ...options, maxInFlight: 64 })
    : new BatchedWebHookFileStore(files, { ...options, batchTimeoutSeconds: 0.05, batchSizeLimitBytes: 16_384 });

let remaining = task.changes - before.filter(({ isAcknowledged }) => isAcknowledged).length;
process.stdout.write('ready\n');
await Promise.all(Array.from({ length: task.directories }, (_, i) => changeDirectory(`d${i}`)));
await store.flush();
process.stdout.write('delivered\n');
await store.close();
await files.close();
await outbox.close();
log.close();

async function changeDirectory(directory: string): Promise<void> {
  const done = before.filter(({ path }) => path === directory || path.startsWith(`${directory}/`));
  for (let number = 1 + Math.max(0, ...done.map((change) => change.number)); remaining > 0; number += 1) {
    remaining -= 1;
    const change = chooseChange(directory, number);
    log.begin(change);
    await (change.kind === 'write' ? store.write(change.path, contentsOf(change)) : store.delete(change.path));
    log.acknowledge(change);
  }
}

function chooseChange(directory: string, number: number): Change {
  const fate = random();
  const path = `${directory}/f${Math.floor(random() * task.filesInEach)}`;
  if (fate < deletesDirectory) {
    return { path: directory, number, kind: 'delete' };
  }
  return { path, number, kind: fate < deletesDirectory + deletesFile ? 'delete' : 'write' };
}
