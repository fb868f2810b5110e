const codes: Readonly<Record<string, string>> = {
  ENOENT: 'not-found',
  ENOTDIR: 'not-found',
  EISDIR: 'invalid-argument',
  EACCES: 'permission-denied',
  EPERM: 'permission-denied',
  ENOSPC: 'no-space',
};

/** The error with a message that leads with a code: errors of stores and of usage have one, those of Node's streams get theirs. */
export function toCliError(error: unknown): Error {
  if (!(error instanceof Error)) {
    return new Error(`[unknown] ${String(error)}`, { cause: error });
  }
  if (/^\[[a-z-]+\] /.test(error.message)) {
    return error;
  }
  const { code = '' } = error as NodeJS.ErrnoException;
  return new Error(`[${codes[code] ?? 'unknown'}] ${toText(error)}`, { cause: error });
}

/** Without the code of the system, and with the path in the quotes that all messages have. */
function toText({ message, code, syscall, path }: NodeJS.ErrnoException): string {
  const [, reason] = /^[A-Z\d_]+: ([^,]+), /.exec(message) ?? [];
  if (code === undefined || syscall === undefined || reason === undefined) {
    return message;
  }
  return `cannot ${syscall}${path === undefined ? '' : ` ${JSON.stringify(path)}`}: ${reason}`;
}
