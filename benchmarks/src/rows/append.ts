import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { LocalFileStore } from '@oh/file-store-local';
import { compareRates } from '../compare-rates.ts';
import type { Finding } from '../finding.ts';
import { GroupCommit } from '../group-commit.ts';
import { type Appender, numberedAppends } from '../numbered-appends.ts';
import type { RowContext } from './row-context.ts';

/** Records of 1.4 KB, appended to one file by 64 callers, each durable when it is acknowledged. */
export async function measureAppend(context: RowContext): Promise<Finding[]> {
  const root = join(context.directory, 'ours');
  await using store = new LocalFileStore({ root });
  const ours = numberedAppends(
    'ours',
    (turn) => join(root, fileName(turn)),
    async (turn) => ({ append: (record) => store.append(fileName(turn), record), [Symbol.asyncDispose]: async () => {} }),
  );
  const locate = (turn: number): string => join(context.directory, 'bare', fileName(turn));
  const bare = numberedAppends('group commit: one write, one fdatasync', locate, (turn) => openGroupCommit(locate(turn)));
  const others = [{ ...bare, wanted: { ratioAtLeast: 0.8 } }];
  return await compareRates({ what: 'append durable to one file, 64 in flight', inFlight: 64, ours, others }, context);
}

async function openGroupCommit(path: string): Promise<Appender> {
  const file = await open(path, 'ax', 0o600);
  const commits = new GroupCommit(file);
  return { append: (record) => commits.append(record), [Symbol.asyncDispose]: () => file.close() };
}

function fileName(turn: number): string {
  return `events-${turn}.jsonl`;
}
