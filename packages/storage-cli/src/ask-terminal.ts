import { createInterface } from 'node:readline/promises';
import type { Readable } from 'node:stream';
import { Writable } from 'node:stream';
import type { AskOptions } from './cli-io.ts';
import { UsageError } from './usage-error.ts';

/** A terminal to ask at. */
export interface Terminal {
  readonly input: Readable;
  readonly output: Writable;
  /** Ctrl-C, which the terminal gives as a key while it is asked. */
  readonly onInterrupt: () => void;
}

/**
 * Asks at a terminal; what is typed can be edited.
 *
 * @throws The signal's reason; an error when the input ends, as by Ctrl-D. @throws {UsageError} When several lines were pasted where nobody sees that all but
 *   the first are lost.
 */
export async function askTerminal(question: string, { hidden, signal }: AskOptions, terminal: Terminal): Promise<string> {
  const { input, output, onInterrupt } = terminal;
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input, output: hidden ? nowhere : output, terminal: true, historySize: 0 });
  lines.on('SIGINT', onInterrupt);
  let hasMore = false;
  // The first line is the answer, and no event.
  lines.on('line', () => {
    hasMore = true;
  });
  const ended = new Promise<never>((_resolve, reject) => {
    lines.once('close', () => reject(new Error('[cancelled] the input ended without an answer')));
  });
  if (hidden) {
    output.write(question);
  }
  try {
    const answer = await Promise.race([lines.question(hidden ? '' : question, { signal }), ended]);
    if (hidden && (hasMore || lines.line !== '')) {
      throw new UsageError('several lines were pasted, and a prompt takes one; give them on stdin');
    }
    return answer;
  } finally {
    ended.catch(() => undefined);
    lines.close();
    if (hidden) {
      output.write('\n');
    }
  }
}
