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
  return new Error(`[${codes[code] ?? 'unknown'}] ${error.message}`, { cause: error });
}
