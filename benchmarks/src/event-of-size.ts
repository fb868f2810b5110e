/** An event of OpenHands' agent server of about 1.4 KB, the median of its published benchmark; each number gives another one. */
export function smallEvent(number: number): Readonly<Record<string, unknown>> {
  const command = `grep -rn "needle ${number}" src | head -50; `.repeat(20);
  return {
    source: 'agent',
    action: 'run',
    args: { command, thought: `because ${number}`.repeat(20), hidden: false, is_input: false },
    number,
  };
}

/** An event of about 4.3 KB, so that 1,000 are the 4.3 MB of the published benchmark: actions, and observations with code in them. */
export function replayedEvent(number: number): Readonly<Record<string, unknown>> {
  if (number % 2 === 0) {
    return smallEvent(number);
  }
  const content = `${number}: const x: number = foo(12, bar[3], 0.5); // a comment, "quoted"\n`.repeat(95);
  return { source: 'agent', observation: 'run', content, extras: { command: 'cat', metadata: { exit_code: 0, pid: -1 } }, number };
}
