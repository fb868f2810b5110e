import { type FileStore, hasErrorCode } from '@oh/file-store-core';
import type { Random } from './random.ts';
import { parseOnlyRecord } from './record.ts';

/** What one key of a protocol is about, in one cut. */
export interface Target {
  readonly store: FileStore;
  /** The directory of the store. What lies beside it, and begins with its name, is on the same file system. */
  readonly root: string;
  /** The key: a path of its own. */
  readonly path: string;
  /** The cut, written into every record. */
  readonly author: string;
}

/** What the verifier knows of a key: its sequence is at least the first and at most the second. */
export interface Bounds {
  /** The last one acknowledged before the cut; 0 for none. */
  readonly acknowledged: number;
  /** The last one that can have been started. */
  readonly started: number;
}

/**
 * Something found after a cut. `lost`: an acknowledged state is gone. `torn`: contents or names that no operation made.
 * `tail`: part of an append that nobody acknowledged, behind all that was; that is allowed.
 */
export interface Finding {
  readonly kind: 'lost' | 'torn' | 'tail';
  readonly message: string;
}

/** One kind of change: how it is made, and what may be found after a cut. */
export interface Protocol {
  /** How many keys it has. */
  readonly keys: number;
  /** How many workers share a key. */
  readonly workersPerKey: number;
  /** Makes the change `sequence`. @returns The sequence that is acknowledged. */
  step(target: Target, sequence: number, random: Random): Promise<number>;
  /** Compares what is there after a cut with what may be. */
  check(target: Target, bounds: Bounds): Promise<readonly Finding[]>;
}

/** The largest payload in bytes: a few pages, so that a file can be torn in more than one place. */
export const maxPayloadBytes = 20_000;

/** The sequence of the record in a file. */
export async function readSequence({ store, author }: Target, file: string, key: string): Promise<number | 'absent' | 'torn'> {
  try {
    const record = parseOnlyRecord(await store.readBytes(file));
    return record?.author === author && record.key === key ? record.sequence : 'torn';
  } catch (error) {
    if (hasErrorCode(error, 'not-found')) {
      return 'absent';
    }
    if (hasErrorCode(error, 'corrupt')) {
      return 'torn';
    }
    throw error;
  }
}

/** Judges a file that is only ever replaced by the next one. */
export function judgeSequence(file: string, seen: number | 'absent' | 'torn', { acknowledged, started }: Bounds): readonly Finding[] {
  const wanted = `wanted ${acknowledged} to ${started}`;
  if (seen === 'torn' || (seen !== 'absent' && seen > started)) {
    return [{ kind: 'torn', message: `${file} is ${seen}, ${wanted}` }];
  }
  const isLost = acknowledged > 0 && (seen === 'absent' || seen < acknowledged);
  return isLost ? [{ kind: 'lost', message: `${file} is ${seen}, ${wanted}` }] : [];
}
