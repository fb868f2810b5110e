import type { CliContext } from '../cli-context.ts';
import type { LeavesOut } from '../filter/read-filter.ts';
import { formatCount } from '../format-count.ts';
import { LeftOut } from '../locations/left-out.ts';
import type { Location } from '../locations/location.ts';
import { Progress } from '../progress.ts';
import { toCliError } from '../to-cli-error.ts';
import { countFiles } from '../transfer/list-files.ts';
import type { SyncResult } from '../transfer/sync-files.ts';
import type { TransferPlace } from '../transfer/transfer-place.ts';
import type { TransferFailure, TransferListener } from '../transfer/transfer-report.ts';
import { TransferError } from '../transfer-error.ts';

/** How a transfer is shown. */
export interface TransferView {
  /** What is done, for the progress: `copying`. */
  readonly label: string;
  /** What is copied, to be counted. Default: nothing is counted, as where it becomes less meanwhile. */
  readonly from?: TransferPlace | undefined;
  /** The target, as the user wrote it. */
  readonly toUrl: string;
  /** Whether the progress is shown. */
  readonly isShown: boolean;
}

/**
 * Runs a transfer with its progress, and names each file that fails as soon as it does.
 *
 * @param transfer Runs it; further callbacks are its own.
 * @returns What it came to.
 */
export async function runTransfer(
  context: CliContext,
  view: TransferView,
  transfer: (listener: TransferListener) => Promise<SyncResult>,
): Promise<SyncResult> {
  const result = await withProgress(context, view, transfer);
  noteLosses(context, view, result);
  return result;
}

/** As {@link runTransfer}, for whatever goes through the files of a place. */
export async function withProgress<T>(
  context: CliContext,
  view: TransferView,
  action: (listener: TransferListener) => Promise<T>,
): Promise<T> {
  const progress = await Progress.start(view.label, {
    stream: context.io.stderr,
    note: (message) => context.warn(message),
    quiet: !view.isShown,
  });
  const ended = new AbortController();
  if (progress.isShown && view.from !== undefined) {
    // What makes the count fail makes the action fail as well, and is told there.
    void countFiles(view.from, { signal: AbortSignal.any([context.signal, ended.signal]) }).then(
      (total) => progress.setTotal(total),
      () => undefined,
    );
  }
  try {
    return await action({
      onProgress: (counts) => progress.update(counts),
      onFailure: (failure) => progress.note(describeFailure(failure)),
    });
  } finally {
    ended.abort();
    progress.stop();
  }
}

/** @throws {TransferError} When files failed. */
export function checkComplete({ failed }: Pick<SyncResult, 'failed'>): void {
  if (failed > 0) {
    throw new TransferError(failed);
  }
}

function describeFailure({ action, path, error }: TransferFailure): string {
  const [, code = '[unknown]', text = ''] = /^(\[[a-z-]+\]) (.*)$/s.exec(toCliError(error).message) ?? [];
  return `${code} could not ${action} ${JSON.stringify(path)}: ${text}`;
}

/** Names of what is left out that are told. */
const namesTold = 3;

/**
 * Tells what was no part of a transfer that has ended, though it lies at the source: links and special files in a note, and each file and directory with a name that
 * no store has as one that failed.
 *
 * @param ignores What was not asked for. Default: nothing. @returns How many failed.
 */
export function tellLeftOut(context: CliContext, from: Location, ignores?: LeavesOut): number {
  const leftOut = new LeftOut(from, ignores);
  noteLeftOut(context, from, leftOut);
  const failed = leftOut.pathsOf('name');
  for (const path of failed) {
    context.warn(`[invalid-path] could not take ${JSON.stringify(path)}: no store has such a name, or so long a path; rename it`);
  }
  return failed.length;
}

/** Tells of links and special files. */
export function noteLeftOut(context: CliContext, from: Location, leftOut: LeftOut): void {
  const paths = leftOut.pathsOf('kind');
  if (paths.length > 0) {
    const names = paths.slice(0, namesTold).map((path) => JSON.stringify(path));
    const what = 'symbolic links and special files are left out';
    context.note(`${what}, ${paths.length} in ${JSON.stringify(from.url)}: ${names.join(', ')}${paths.length > namesTold ? ', ...' : ''}`);
  }
}

/** Tells that a target has no place for what was kept with files. */
export function noteLostMetadata(context: CliContext, toUrl: string): void {
  context.note(`${JSON.stringify(toUrl)} keeps no content type and no metadata; they were left behind`);
}

function noteLosses(context: CliContext, { toUrl }: TransferView, { lostMetadata, heldConditions, vanished }: SyncResult): void {
  if (lostMetadata) {
    noteLostMetadata(context, toUrl);
  }
  if (!heldConditions) {
    context.note(`${JSON.stringify(toUrl)} holds no conditions: what others write there at the same moment may be replaced`);
  }
  if (vanished > 0) {
    context.note(`${formatCount(vanished, 'file')} went from the source before they were read`);
  }
}
