import type { RowContext } from './row-context.ts';

/** The file that the rows of streams are measured with. */
export interface LargeFile {
  readonly bytes: number;
  /** Its size in words. */
  readonly size: string;
}

/** 300 MiB, or 96 MiB in a shorter run: more than any store or SDK may hold at once. */
export function largeFileOf({ full }: RowContext): LargeFile {
  const mebibytes = full ? 300 : 96;
  return { bytes: mebibytes * 1024 ** 2, size: `${mebibytes} MiB` };
}
