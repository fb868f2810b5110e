import type { Other } from '../compare-rates.ts';
import type { Wanted } from '../finding.ts';
import { numberedWrites } from '../numbered-writes.ts';
import type { Guarantee, LocalPeer } from '../peers/local-peer.ts';

/** What the writes of the libraries are to be compared as. */
export interface PeerWritesOptions {
  /** Where the libraries have their files. */
  readonly locate: (library: string) => string;
  /** The guarantees of the writes that are taken, and what is wanted of ours against those. */
  readonly wanted: Readonly<Partial<Record<Guarantee, Wanted | undefined>>>;
  /** Bytes of a file. */
  readonly bytes: number;
}

/** The writes of the libraries that have one of some guarantees. A name says when readers may see a part. */
export function peerWrites(peers: readonly LocalPeer[], { locate, wanted, bytes }: PeerWritesOptions): Other[] {
  return peers.flatMap(({ library, hasPlainFiles, writes, read }) =>
    writes
      .filter(({ guarantee }) => guarantee in wanted)
      .map(({ name, guarantee, write }) => ({
        ...numberedWrites(guarantee === 'none' ? `${name} (not atomic)` : name, locate(library), write, {
          bytes,
          readBack: hasPlainFiles ? undefined : read?.run,
        }),
        wanted: wanted[guarantee],
      })),
  );
}
