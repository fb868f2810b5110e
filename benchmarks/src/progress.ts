import { stderr } from 'node:process';

/** Replaces the line that says how far the run has come; nothing where it is no terminal. Default: an empty line. */
export function showProgress(text = ''): void {
  if (stderr.isTTY) {
    stderr.write(`\r\u001b[K${text}`);
  }
}
