import { z } from 'zod';

/** What one frame of a pack holds. */
export interface PackFrame {
  /** Where it begins in the pack, in bytes. */
  readonly at: number;
  /** Bytes in the pack. */
  readonly length: number;
  /** Bytes of its contents. */
  readonly size: number;
  /** The blobs whose contents it is, one after the other: id and size in bytes. */
  readonly blobs: readonly (readonly [id: string, size: number])[];
}

/** Largest contents of a frame in bytes: what is said to be more is no frame. */
export const maxFrameBytes: number = 64 * 1024 * 1024;

const count = z.number().int().min(0);
const blobSchema = z.tuple([z.string().regex(/^[0-9a-f]{64}$/), count]);

/** A frame whose blobs fill it. */
export const packFrameSchema: z.ZodType<PackFrame> = z
  .object({ at: count, length: count, size: count.max(maxFrameBytes), blobs: z.array(blobSchema).min(1) })
  .refine(({ size, blobs }) => size === blobs.reduce((sum, [, bytes]) => sum + bytes, 0));

/** What additional data a frame is sealed with: the ids of its blobs, in order. */
export function frameContext({ blobs }: Pick<PackFrame, 'blobs'>): readonly string[] {
  return ['frame', ...blobs.map(([id]) => id)];
}
