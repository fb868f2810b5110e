import type { Protocol } from './protocol.ts';
import { append } from './protocols/append.ts';
import { create } from './protocols/create.ts';
import { deletion } from './protocols/delete.ts';
import { eventLog } from './protocols/event-log.ts';
import { metadata } from './protocols/metadata.ts';
import { move } from './protocols/move.ts';
import { replace } from './protocols/replace.ts';
import { update } from './protocols/update.ts';

/** By the directory in which the keys are. */
const allProtocols: Readonly<Record<string, Protocol>> = {
  append,
  create,
  delete: deletion,
  events: eventLog,
  metadata,
  move,
  replace,
  update,
};

/** The keys of every protocol. */
export function* everyKey(): Generator<{ readonly path: string; readonly protocol: Protocol }> {
  for (const [name, protocol] of Object.entries(allProtocols)) {
    for (let key = 0; key < protocol.keys; key += 1) {
      yield { path: `${name}/${key}`, protocol };
    }
  }
}
