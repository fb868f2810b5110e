import { mkdirSync, writeFileSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compareRounds, medianOf } from '../compare-rounds.ts';
import { smallEvent } from '../event-of-size.ts';
import type { Finding } from '../finding.ts';
import { flushFileSystem } from '../flush-file-system.ts';
import { runCommand } from '../run-command.ts';
import type { RowContext } from './row-context.ts';

const directories = 500;
const passphrase = 'a passphrase of the benchmark';
const bin = fileURLToPath(new URL('../../../packages/storage-cli/bin/oh-storage.js', import.meta.url));

/** A program that backs `source` up into an encrypted repository. */
interface BackupTool {
  readonly name: string;
  /** Makes an empty repository. */
  readonly make: () => Promise<void>;
  readonly backUp: () => Promise<void>;
  /** Fails when a byte of the repository is wrong. */
  readonly check: () => Promise<void>;
}

/** Seconds of each round. */
interface Reached {
  readonly first: number[];
  readonly second: number[];
}

/** A first backup of 20,000 small files, or 5,000 in a shorter run, and another when nothing has changed, against restic: whole processes, both encrypt and compress. */
export async function measureBackup({ directory, full, onProgress, signal }: RowContext): Promise<Finding[]> {
  const files = full ? 20_000 : 5_000;
  const rounds = full ? 5 : 3;
  onProgress('building');
  await runCommand('nx', 'run', '@oh/storage-cli:build');
  onProgress(`writing ${files} files`);
  const source = join(directory, 'source');
  writeSource(source, files);
  const tools = [oursOf(directory, source), ...((await hasRestic()) ? [resticOf(directory, source)] : [])];
  const reached = tools.map((): Reached => ({ first: [], second: [] }));
  for (let round = 0; round <= rounds; round += 1) {
    const order = [...tools.entries()];
    for (const [index, tool] of round % 2 === 0 ? order : order.toReversed()) {
      signal.throwIfAborted();
      onProgress(`round ${round} of ${rounds}: ${tool.name}`);
      await tool.make();
      const first = await measureSeconds(directory, tool.backUp);
      const second = await measureSeconds(directory, tool.backUp);
      if (round > 0) {
        reached[index]?.first.push(first);
        reached[index]?.second.push(second);
      }
      if (round === rounds) {
        await tool.check();
      }
    }
  }
  const [ours, theirs] = reached;
  return [
    toFinding(`first backup of ${files.toLocaleString('en-US')} files of 1.4 KB`, ours?.first, theirs?.first),
    toFinding(`backup of ${files.toLocaleString('en-US')} files when none has changed`, ours?.second, theirs?.second),
  ];
}

function toFinding(what: string, ours: readonly number[] = [], theirs: readonly number[] | undefined): Finding {
  if (theirs === undefined) {
    return { what, ours: medianOf(ours), unit: 's', notCompared: 'restic is not installed' };
  }
  const compared = compareRounds({ name: 'oh-storage', reached: ours }, { name: 'restic backup', reached: theirs });
  // Twice as long is a ratio of 2: at least as fast as restic is at most 1.
  return { what, unit: 's', ...compared, wanted: { ratioBelow: 1 } };
}

function writeSource(source: string, files: number): void {
  for (let number = 0; number < files; number += 1) {
    const directory = join(source, 'conversations', `c${number % directories}`, 'events');
    if (number < directories) {
      mkdirSync(directory, { recursive: true });
    }
    writeFileSync(join(directory, `${number}.json`), JSON.stringify(smallEvent(number)));
  }
}

async function measureSeconds(directory: string, action: () => Promise<void>): Promise<number> {
  await flushFileSystem(directory);
  const begun = performance.now();
  await action();
  return (performance.now() - begun) / 1000;
}

function oursOf(directory: string, source: string): BackupTool {
  const [repository, empty] = [join(directory, 'ours'), join(directory, 'empty')];
  const run = async (...args: readonly string[]): Promise<void> => {
    await runCommand('env', `OH_BACKUP_PASSPHRASE=${passphrase}`, process.execPath, bin, '--quiet', 'backup', ...args);
  };
  return {
    name: 'oh-storage',
    make: async () => {
      await rm(repository, { recursive: true, force: true });
      await mkdir(empty, { recursive: true });
      await run('create', `local:${empty}`, `local:${repository}`);
    },
    backUp: () => run('create', `local:${source}`, `local:${repository}`),
    check: () => run('verify', `local:${repository}`),
  };
}

function resticOf(directory: string, source: string): BackupTool {
  const repository = join(directory, 'restic');
  const run = async (...args: readonly string[]): Promise<void> => {
    const variables = [`RESTIC_PASSWORD=${passphrase}`, `RESTIC_CACHE_DIR=${join(directory, 'restic-cache')}`];
    await runCommand('env', ...variables, 'restic', '--quiet', '--repo', repository, ...args);
  };
  return {
    name: 'restic',
    make: async () => {
      await rm(repository, { recursive: true, force: true });
      await run('init', '--repository-version', '2');
    },
    backUp: () => run('backup', '--compression', 'auto', source),
    check: () => run('check', '--read-data'),
  };
}

async function hasRestic(): Promise<boolean> {
  try {
    await runCommand('restic', 'version');
    return true;
  } catch {
    // There is none: ours is measured alone, and the finding says so.
    return false;
  }
}
