import { writeSync } from 'node:fs';

/**
 * A line from a worker to the parent, sent before the worker does anything else with that key:
 *
 * - `wrote <path> <sequence>`: a write was acknowledged;
 * - `won <path> <author>`: a create was;
 * - `counted <path> <value>`: an increment was;
 * - `read <path> 0`: a file was read and is whole;
 * - `fault <path> <what>`: something that must not be.
 */
export interface KillMessage {
  readonly kind: 'wrote' | 'won' | 'counted' | 'read' | 'fault';
  readonly path: string;
  readonly value: string;
}

/** Sends a message over standard output; a line goes out whole or, by a kill, not at all. */
export function sendMessage(kind: KillMessage['kind'], path: string, value: string | number): void {
  writeSync(1, `${kind} ${path} ${String(value).replaceAll('\n', ' ')}\n`);
}

/** Reads what {@link sendMessage} wrote. */
export function parseMessage(line: string): KillMessage {
  const [kind, path = '', ...value] = line.split(' ');
  if (kind !== 'wrote' && kind !== 'won' && kind !== 'counted' && kind !== 'read' && kind !== 'fault') {
    throw new Error(`a worker said ${JSON.stringify(line)}`);
  }
  return { kind, path, value: value.join(' ') };
}
