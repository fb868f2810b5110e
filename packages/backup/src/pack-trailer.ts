import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { tryJson } from './checked-json.ts';
import { type PackFrame, packFrameSchema } from './pack-table.ts';
import type { RepositoryCipher } from './repository-cipher.ts';
import { compress, decompress } from './zstd.ts';

/** First of the magic numbers of skippable frames, which `zstd -d` passes over (RFC 8878, 3.1.2). */
const skippableMagic = 0x184d2a50;
/** Ends every pack. */
const endMark = Buffer.from('OHB1');
/** The length of the table, and the mark. */
export const trailerEndBytes: number = 4 + endMark.length;
const headerBytes = 8;
const maxTableBytes = 256 * 1024 * 1024;
const context: readonly string[] = ['pack table'];

const tableSchema = z.object({ id: z.string(), frames: z.array(packFrameSchema) });

/** The last part of a pack: its table, in a frame that `zstd` skips. */
export async function encodeTrailer(frames: readonly PackFrame[], cipher: RepositoryCipher): Promise<Buffer> {
  // With a random id no two packs have one name, also when they hold the same: what prune deletes is not what somebody has just written.
  const table = cipher.seal(await compress(Buffer.from(JSON.stringify({ id: randomUUID(), frames }))), context);
  const header = Buffer.alloc(headerBytes);
  header.writeUInt32LE(skippableMagic, 0);
  header.writeUInt32LE(table.length + trailerEndBytes, 4);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(table.length, 0);
  return Buffer.concat([header, table, length, endMark]);
}

/** How many bytes the trailer has whose last bytes are given. @returns `undefined` when this is no end of a pack. */
export function trailerBytes(end: Uint8Array): number | undefined {
  const last = Buffer.from(end).subarray(-trailerEndBytes);
  const isEnd = last.length === trailerEndBytes && last.subarray(4).equals(endMark);
  return isEnd ? headerBytes + last.readUInt32LE(0) + trailerEndBytes : undefined;
}

/** Reads what {@link encodeTrailer} gave. @returns `undefined` for anything else. */
export async function decodeTrailer(trailer: Uint8Array, cipher: RepositoryCipher): Promise<readonly PackFrame[] | undefined> {
  const packed = cipher.open(trailer.subarray(headerBytes, -trailerEndBytes), context);
  const table = packed && (await decompress(packed, maxTableBytes));
  return table && tableSchema.safeParse(tryJson(table.toString())).data?.frames;
}
