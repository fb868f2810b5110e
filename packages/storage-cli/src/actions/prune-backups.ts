import type { Pruned, PruneOptions } from '@oh/backup';
import { type BackupOptions, openRepository } from '../backup/open-repository.ts';
import type { CliContext } from '../cli-context.ts';
import { confirm } from '../confirm.ts';
import { formatCount } from '../format-count.ts';
import { formatSize } from '../format-size.ts';
import { toJsonLine } from '../to-json-line.ts';
import { UsageError } from '../usage-error.ts';

/** Options of `backup prune`. */
export interface PruneBackupsOptions extends BackupOptions {
  readonly olderThan?: Date | undefined;
  readonly keepLatest?: number | undefined;
  readonly keepDaily?: number | undefined;
  readonly keepWeekly?: number | undefined;
  readonly keepMonthly?: number | undefined;
  /** Milliseconds. */
  readonly grace?: number | undefined;
  readonly dryRun?: boolean | undefined;
  readonly yes?: boolean | undefined;
}

/** Removes snapshots, and what they alone needed; which snapshots go is shown before it is asked for. */
export async function pruneBackups(context: CliContext, url: string, options: PruneBackupsOptions): Promise<void> {
  const { signal } = context;
  const { olderThan, keepLatest, keepDaily, keepWeekly, keepMonthly, grace: graceMs, dryRun, yes } = options;
  const [spared] = Object.entries({ keepLatest, keepDaily, keepWeekly, keepMonthly }).filter(([, count]) => count !== undefined);
  if (spared !== undefined && olderThan === undefined) {
    const option = spared[0].replace('keep', '--keep-').toLowerCase();
    throw new UsageError(`${option} spares some of the snapshots that --older-than removes; give both`);
  }
  const { repository } = await openRepository(context, url, options);
  const choice: PruneOptions = { olderThan, keepLatest, keepDaily, keepWeekly, keepMonthly, graceMs, signal };
  if (dryRun !== true && yes !== true) {
    const { removed } = await repository.prune({ ...choice, dryRun: true });
    if (removed.length > 0) {
      await confirm(context, `delete ${formatCount(removed.length, 'snapshot')} for ever`, false);
    }
  }
  const pruned = await repository.prune({ ...choice, dryRun });
  await context.output.write(context.json ? toJsonLine(toResult(pruned)) : describe(pruned, dryRun === true));
}

function toResult({ removed, ...counts }: Pruned) {
  return { removed: removed.map(({ id }) => id), ...counts };
}

function describe({ removed, kept, deletedPacks, deletedBytes, waitingPacks, waitingBytes }: Pruned, isDryRun: boolean): string {
  const would = isDryRun ? 'would be: ' : '';
  const packs = `${formatCount(deletedPacks, 'pack')} deleted (${formatSize(deletedBytes)}), ${waitingPacks} (${formatSize(waitingBytes)}) in their grace period`;
  return `${removed.map(({ id }) => `snapshot ${id.slice(0, 12)} ${isDryRun ? 'would go' : 'is gone'}\n`).join('')}${would}${formatCount(removed.length, 'snapshot')} removed, ${kept} kept; ${packs}\n`;
}
