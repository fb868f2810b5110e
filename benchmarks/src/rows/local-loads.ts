import { recordBytes } from '../numbered-record.ts';
import type { RowContext } from './row-context.ts';

/** Files of one size, and how many operations are under way at once. */
export interface LocalLoad {
  readonly bytes: number;
  readonly inFlight: number;
  /** Operations of each runner between two readings of the clock. Default: that of `measureRates`. */
  readonly operationsPerRunner?: number | undefined;
  /** Both in words. */
  readonly name: string;
}

const sizes = [
  [recordBytes, '1.4 KB'],
  [64 * 1024, '64 KiB'],
  [16 * 1024 ** 2, '16 MiB'],
] as const;

/** Those of the short run come first. 16 MiB are not written 64 at once: they would be a gigabyte for each side. */
const loads = [
  [0, 1],
  [0, 16],
  [0, 64],
  [1, 1],
  [1, 16],
  [1, 64],
  [2, 1],
  [2, 16],
] as const;

const loadsOfShortRun = 2;

/** The loads of the rows that read and write whole files on the local disk. */
export function localLoadsOf({ full }: Pick<RowContext, 'full'>): readonly LocalLoad[] {
  return loads.slice(0, full ? loads.length : loadsOfShortRun).map(([size, inFlight]) => {
    const [bytes, sizeName] = sizes[size];
    return { bytes, inFlight, operationsPerRunner: size === 2 ? 1 : undefined, name: `${sizeName}, ${nameFlight(inFlight)}` };
  });
}

/** How many operations of the rows without contents are under way. */
export function flightsOf({ full }: Pick<RowContext, 'full'>): readonly number[] {
  return full ? [1, 16, 64] : [1, 16];
}

/** How many operations are under way, in words. */
export function nameFlight(inFlight: number): string {
  return inFlight === 1 ? 'one at a time' : `${inFlight} in flight`;
}
