import { addAbortSignal } from 'node:stream';
import type { CliContext } from './cli-context.ts';
import { escapeControl } from './escape-control.ts';
import { UsageError } from './usage-error.ts';

/** Most bytes of a value; what is longer is no secret but a file by mistake. */
const maxBytes = 1024 * 1024;

/**
 * Reads a value that must not stand in a command line, where every process of the computer can see it: from a hidden prompt on a terminal, else from `stdin`.
 *
 * The line end behind a single line is left out; a text of several lines, such as a private key, is taken as it is.
 *
 * @param what What the value is of, for the prompt.
 * @throws {UsageError} When it is empty, too long or not UTF-8.
 */
export async function readSecret({ io, signal }: CliContext, what: string): Promise<string> {
  const text =
    io.ask === undefined
      ? await readText(addAbortSignal(signal, io.stdin))
      : await io.ask(`${escapeControl(what)}: `, { hidden: true, signal });
  const value = /^[^\r\n]*\r?\n$/.test(text) ? text.replace(/\r?\n$/, '') : text;
  if (value === '') {
    throw new UsageError(`the value of ${what} is empty; give it on stdin or at the prompt`);
  }
  return value;
}

async function readText(input: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of input) {
    chunks.push(chunk);
    size += chunk.byteLength;
    if (size > maxBytes) {
      throw new UsageError(`what stands on stdin is longer than ${maxBytes} bytes`);
    }
  }
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.concat(chunks));
  } catch {
    // The error of the decoder has no more to say.
    throw new UsageError('what stands on stdin is not UTF-8 text');
  }
}
