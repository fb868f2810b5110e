/** How often a line is printed where lines cannot be overwritten, in milliseconds. */
const lineEveryMs = 2_000;

/** Says how far a run has come: one line that changes on a terminal, a line every two seconds elsewhere. */
export class Progress {
  #nextLineAt = Date.now() + lineEveryMs;

  /** Shows `text`, or not if it is too early for another line. */
  show(text: string): void {
    if (process.stdout.isTTY) {
      process.stdout.write(`\r\u001b[K${text}`);
    } else if (Date.now() >= this.#nextLineAt) {
      console.log(text);
      this.#nextLineAt = Date.now() + lineEveryMs;
    }
  }

  /** Makes room for another line. */
  clear(): void {
    if (process.stdout.isTTY) {
      process.stdout.write('\r\u001b[K');
    }
  }
}
