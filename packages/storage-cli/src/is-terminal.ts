import type { Writable } from 'node:stream';
import type { WriteStream } from 'node:tty';

/** Whether a stream is a terminal, on which something may be drawn. */
export function isTerminal(stream: Writable): stream is WriteStream {
  return (stream as Partial<WriteStream>).isTTY === true;
}
