import type { OnBackupProgress } from '@oh/backup';
import type { CliContext } from '../cli-context.ts';
import { Progress } from '../progress.ts';

/** Runs a part of `backup` with its progress. @param label What is done, such as `restoring`. */
export async function showProgress<T>(
  context: CliContext,
  label: string,
  run: (options: { readonly signal: AbortSignal; readonly onProgress: OnBackupProgress }) => Promise<T>,
): Promise<T> {
  const { io, signal } = context;
  const progress = await Progress.start(label, { stream: io.stderr, note: (message) => context.warn(message), quiet: context.quiet });
  try {
    return await run({
      signal,
      onProgress: ({ files, bytes, totalFiles, totalBytes }) => {
        progress.setTotal({ files: totalFiles, bytes: totalBytes });
        progress.update({ files, bytes });
      },
    });
  } finally {
    progress.stop();
  }
}
