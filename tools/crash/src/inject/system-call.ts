/** One system call of a thread, as strace saw it. */
export interface SystemCall {
  readonly threadId: number;
  readonly name: string;
  /** The how-manieth of that name on that thread, from 1. */
  readonly count: number;
  /** Its arguments and what it returned, in strace's words. */
  readonly text: string;
  /** Whether it was made to fail. */
  readonly isInjected: boolean;
}

/**
 * Reads what strace said.
 *
 * @param threadId The thread, where strace was at only one and does not name it.
 */
export function parseTrace(log: string, threadId: number): SystemCall[] {
  const calls: SystemCall[] = [];
  const counts = new Map<string, number>();
  const unfinished = new Map<number, number>();
  for (const line of log.split('\n')) {
    const { tid = String(threadId), rest = '' } = /^(?:\[pid\s+(?<tid>\d+)\] )?(?<rest>.*)$/.exec(line)?.groups ?? {};
    const thread = Number(tid);
    const resumed = /^<\.\.\. \w+ resumed>(?<text>.*)$/.exec(rest)?.groups?.['text'];
    const index = unfinished.get(thread);
    const begun = index === undefined ? undefined : calls[index];
    if (resumed !== undefined && index !== undefined && begun !== undefined) {
      calls[index] = { ...begun, text: begun.text + resumed, isInjected: resumed.endsWith('(INJECTED)') };
      unfinished.delete(thread);
    }
    const { name, text } = /^(?<name>\w+)\((?<text>.*)$/.exec(rest)?.groups ?? {};
    if (name !== undefined && text !== undefined) {
      const key = `${thread} ${name}`;
      const count = (counts.get(key) ?? 0) + 1;
      counts.set(key, count);
      unfinished.set(thread, calls.length);
      calls.push({
        threadId: thread,
        name,
        count,
        text: text.replace(/ <unfinished \.\.\.>$/, ''),
        isInjected: text.endsWith('(INJECTED)'),
      });
    }
  }
  return calls;
}

/** Whether a call is about a file of the store: by its path, or by a descriptor of one. Nobody else looks into `/proc/self/fd`. */
export function concerns({ text }: SystemCall, area: string): boolean {
  return text.includes(`"${area}`) || text.includes(`<${area}`) || text.includes('"/proc/self/fd/');
}

/** What tells a call from others of its name, and is the same in every run: the files, without what is chosen anew each time. */
export function signatureOf({ name, text }: SystemCall, area: string): string {
  const files = text
    .replace(/ = .*$/, '')
    .replace(/AT_FDCWD<[^>]*>/, '')
    .matchAll(/(?:"(?<path>\/[^"]*)"|<(?<open>\/[^>]*)>)/g);
  const names = [...files].map(({ groups }) => groups?.['path'] ?? groups?.['open'] ?? '');
  const stable = names.map((file) =>
    file
      .replace(area, '~')
      .replace(/^\/proc\/self\/fd\/\d+/, '/proc/self/fd/n')
      .replaceAll(/[0-9a-f]{16}|[0-9a-z]+-[0-9a-z]+-[0-9a-z]{12}/g, 'id'),
  );
  return `${name} ${stable.join(' ')}`;
}
