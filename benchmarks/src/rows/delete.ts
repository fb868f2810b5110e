import { access, mkdir, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LocalFileStore } from '@oh/file-store-local';
import { compareRounds, type Rounds } from '../compare-rounds.ts';
import type { Finding } from '../finding.ts';
import { flushFileSystem } from '../flush-file-system.ts';
import { recordFileName } from '../numbered-record.ts';
import type { LocalPeer } from '../peers/local-peer.ts';
import { openLocalPeers, separateRoots } from '../peers/open-local-peers.ts';
import { runConcurrently } from '../run-concurrently.ts';
import { flightsOf, nameFlight } from './local-loads.ts';
import { lacking, withNotCompared } from './not-compared.ts';
import type { RowContext } from './row-context.ts';

const directory = 'd';

/** Files that are deleted in a turn. */
const files = 256;

/** Rounds in which every side has one turn; odd, so that the median is one of them. The first one does not count. */
const rounds = 5;

/** One of the things that are compared. */
interface Deleter {
  readonly name: string;
  /** Makes the directory, which some remove with its last file. */
  readonly prepare?: (() => Promise<void>) | undefined;
  readonly write: (path: string) => Promise<unknown>;
  readonly remove: (path: string) => Promise<unknown>;
  /** Whether the file is there, where that can be seen. Default: the side's own affair. */
  readonly isThere?: ((path: string) => Promise<boolean>) | undefined;
}

/** Files of one directory, without fsync, each by a call of its own. */
export async function measureDelete(context: RowContext): Promise<Finding[]> {
  const { peers, missing } = await openLocalPeers(separateRoots(join(context.directory, 'peers')));
  await using store = new LocalFileStore({ root: join(context.directory, 'ours'), durability: 'atomic' });
  const sides = [
    plainDeleter('ours', join(context.directory, 'ours'), (path) => store.delete(path)),
    plainDeleter('fs/promises unlink', join(context.directory, 'bare'), (path) => unlink(join(context.directory, 'bare', path))),
    ...peers.flatMap((peer) => peerDeleter(peer, join(context.directory, 'peers', peer.library))),
  ];
  const findings: Finding[] = [];
  for (const inFlight of flightsOf(context)) {
    const [ours, ...others] = await measureInTurns(sides, inFlight, context);
    for (const other of others) {
      const wanted = other.name === 'fs/promises unlink' ? { ratioAtLeast: 0.8 } : undefined;
      findings.push({ what: `delete, ${nameFlight(inFlight)}`, unit: '/s', ...compareRounds(ours ?? other, other), wanted });
    }
  }
  return withNotCompared(findings, [...missing, ...lacking(peers, 'remove')]);
}

function plainDeleter(name: string, root: string, remove: Deleter['remove']): Deleter {
  const isThere = async (path: string): Promise<boolean> => {
    try {
      await access(join(root, path));
      return true;
    } catch {
      // It is gone, as it should be.
      return false;
    }
  };
  const prepare = async (): Promise<void> => {
    await mkdir(join(root, directory), { recursive: true });
  };
  return { name, prepare, write: (path) => writeFile(join(root, path), 'x'), remove, isThere };
}

function peerDeleter({ hasPlainFiles, remove, writes }: LocalPeer, root: string): Deleter[] {
  if (remove === undefined) {
    return [];
  }
  return hasPlainFiles
    ? [plainDeleter(remove.name, root, remove.run)]
    : [{ name: remove.name, write: (path) => writes[0].write(path, Buffer.from('x')), remove: remove.run }];
}

/** Deletions per second of each side, round by round. */
async function measureInTurns(sides: readonly Deleter[], inFlight: number, context: RowContext): Promise<Rounds[]> {
  const rates = sides.map(({ name }) => ({ name, reached: [] as number[] }));
  const paths = Array.from({ length: files }, (_, number) => `${directory}/${recordFileName(number)}`);
  for (let round = 0; round <= rounds; round += 1) {
    const order = [...sides.entries()];
    for (const [index, side] of round % 2 === 0 ? order : order.toReversed()) {
      context.onProgress(`${nameFlight(inFlight)}, round ${round} of ${rounds}: ${side.name}`);
      context.signal.throwIfAborted();
      await side.prepare?.();
      await runConcurrently(16, paths, side.write);
      await flushFileSystem(context.directory);
      const begun = performance.now();
      await runConcurrently(inFlight, paths, side.remove);
      const rate = (files * 1000) / (performance.now() - begun);
      await checkGone(side, paths);
      if (round > 0) {
        rates[index]?.reached.push(rate);
      }
    }
  }
  return rates;
}

async function checkGone({ name, isThere }: Deleter, paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    if (await isThere?.(path)) {
      throw new Error(`${name}: ${path} is still there`);
    }
  }
}
