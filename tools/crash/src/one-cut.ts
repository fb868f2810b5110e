import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { LocalFileStore } from '@oh/file-store-local';
import { everyKey, type Key } from './all-protocols.ts';
import { ChildLines } from './child-lines.ts';
import { countTemporaryFiles } from './count-temporary-files.ts';
import type { CutImage } from './cut-image.ts';
import { planCut } from './cut-plan.ts';
import type { Finding } from './protocol.ts';
import type { Random } from './random.ts';

/** How one cut is made. */
export interface OneCutOptions {
  /** The number of the cut. */
  readonly cut: number;
  readonly durability: 'durable' | 'atomic';
  /** The names of the protocols. */
  readonly protocols: readonly string[];
  readonly random: Random;
  readonly signal: AbortSignal;
}

/** What one cut showed. */
export interface OneCutResult {
  readonly flag: number;
  /** How many changes were acknowledged before the cut. */
  readonly acknowledged: number;
  readonly findings: readonly Finding[];
  /** Temporary files that the cut left. */
  readonly temporaryFiles: number;
  /** Those still there when a store had been opened, used and closed again. */
  readonly unsweptFiles: number;
}

/** The cut comes in any case when the writer has written for so many milliseconds. */
const maxWritingMs = 1_000;

/** Lets a writer write in a new root on a mounted image, cuts the power, mounts again and compares. */
export async function runOneCut(image: CutImage, { cut, durability, protocols, random, signal }: OneCutOptions): Promise<OneCutResult> {
  const author = `cut-${cut}`;
  const root = join(image.directory, author);
  const { flag, changes, momentMs, lone } = planCut(random, protocols);
  const seen = new Map<string, number>();
  const ready = Promise.withResolvers<void>();
  const written = Promise.withResolvers<void>();
  let acknowledged = 0;
  const program = new URL('./power-cut-writer.ts', import.meta.url);
  const writer = new ChildLines(
    program,
    [root, author, String(random.below(2 ** 31)), durability, protocols.join(','), ...lone],
    (line) => {
      ready.resolve();
      const [key = '', sequence] = line.split(' ');
      if (sequence !== undefined) {
        seen.set(key, Math.max(seen.get(key) ?? 0, Number(sequence)));
        acknowledged += 1;
      }
      if (acknowledged >= changes) {
        written.resolve();
      }
    },
  );
  let before: ReadonlyMap<string, number>;
  let acknowledgedBefore: number;
  try {
    await Promise.race([ready.promise, writer.closed()]);
    await Promise.race([written.promise, writer.closed(), delay(maxWritingMs, undefined, { signal })]);
    await delay(momentMs, undefined, { signal });
    if (writer.hasFailed) {
      throw new Error(`the writer ended before the cut: ${writer.errors}`);
    }
    // An fsync under way during the ioctl may still report success: only what was read before it counts.
    before = new Map(seen);
    acknowledgedBefore = acknowledged;
    image.cut(flag);
  } finally {
    await writer.kill();
  }
  await image.unmount();
  image.mount();
  const temporaryFiles = countTemporaryFiles(root);
  const findings = await verify({
    store: new LocalFileStore({ root }),
    root,
    author,
    keys: [...everyKey(protocols)].filter(({ path }) => lone.length === 0 || lone.includes(path)),
    before,
    after: seen,
    last: lone.length > 0 ? changes : Number.POSITIVE_INFINITY,
  });
  const unsweptFiles = countTemporaryFiles(root);
  for (const name of readdirSync(image.directory).filter((entry) => entry.startsWith('cut-'))) {
    rmSync(join(image.directory, name), { recursive: true });
  }
  return { flag, acknowledged: acknowledgedBefore, findings, temporaryFiles, unsweptFiles };
}

/** What is compared after a cut. */
interface Comparison {
  readonly store: LocalFileStore;
  readonly root: string;
  readonly author: string;
  /** Those that were changed. */
  readonly keys: readonly Key[];
  /** The last acknowledged sequence of each key before the cut. */
  readonly before: ReadonlyMap<string, number>;
  /** The same when the writer was dead. */
  readonly after: ReadonlyMap<string, number>;
  /** No key was to get further than this. */
  readonly last: number;
}

/** Compares each key with what was acknowledged before the cut, and with what was started by the time the writer died. */
async function verify({ store, root, author, keys, before, after, last }: Comparison): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  try {
    for (const { path, protocol } of keys) {
      const started = Math.min((after.get(path) ?? 0) + protocol.workersPerKey, last);
      findings.push(...(await protocol.check({ store, root, path, author }, { acknowledged: before.get(path) ?? 0, started })));
    }
    await store.write('after-the-cut', author);
  } finally {
    await store.close();
  }
  return findings;
}
