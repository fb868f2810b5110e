import { isUtf8 } from 'node:buffer';
import { tornMark } from './event-line.ts';

/** A line of a log. */
export interface LogLine {
  /** Without its newline; `undefined` when it is not UTF-8, or {@link isTorn}. */
  readonly text: string | undefined;
  /** Whether it was cut off and then closed with the `tornMark`. */
  readonly isTorn: boolean;
  /** Where it begins, in bytes from the start of the file. */
  readonly offset: number;
  /** Where the next one begins. */
  readonly end: number;
}

const newline = 0x0a;
const lastOfTornMark = tornMark.charCodeAt(tornMark.length - 1);

/**
 * The whole lines of `bytes`; what stands behind the last newline is none.
 *
 * @param offset Where `bytes` begin in the file.
 */
export function splitLines(bytes: Buffer, offset: number): LogLine[] {
  const lines: LogLine[] = [];
  const isText = isUtf8(bytes);
  let start = 0;
  for (let end = bytes.indexOf(newline); end !== -1; end = bytes.indexOf(newline, start)) {
    const isTorn = isTornLine(bytes, start, end);
    const isLineText = !isTorn && (isText || isUtf8(bytes.subarray(start, end)));
    const text = isLineText ? bytes.toString('utf8', start, end) : undefined;
    lines.push({ text, isTorn, offset: offset + start, end: offset + end + 1 });
    start = end + 1;
  }
  return lines;
}

/**
 * The whole lines of a file that comes in blocks, of which none is changed any more.
 *
 * @param start Where the first block begins in the file.
 */
export async function* splitBlocks(blocks: AsyncIterable<Buffer>, start: number): AsyncGenerator<readonly LogLine[], void, undefined> {
  let offset = start;
  // What the line that a block begins within consists of so far: nothing else is copied.
  let begun: Buffer[] = [];
  for await (const block of blocks) {
    const cut = begun.length === 0 ? 0 : block.indexOf(newline) + 1;
    if (begun.length > 0 && cut === 0) {
      begun.push(block);
      continue;
    }
    const lines = begun.length === 0 ? [] : splitLines(Buffer.concat([...begun, block.subarray(0, cut)]), offset);
    const rest = block.subarray(cut);
    const restOffset = lines.at(-1)?.end ?? offset;
    lines.push(...splitLines(rest, restOffset));
    offset = lines.at(-1)?.end ?? offset;
    begun = offset - restOffset === rest.byteLength ? [] : [rest.subarray(offset - restOffset)];
    if (lines.length > 0) {
      yield lines;
    }
  }
}

function isTornLine(bytes: Buffer, start: number, end: number): boolean {
  const markStart = end - tornMark.length;
  return bytes[end - 1] === lastOfTornMark && markStart >= start && bytes.toString('latin1', markStart, end) === tornMark;
}
