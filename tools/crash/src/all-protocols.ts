import type { Protocol } from './protocol.ts';
import { append } from './protocols/append.ts';
import { batch } from './protocols/batch.ts';
import { create } from './protocols/create.ts';
import { deletion } from './protocols/delete.ts';
import { eventLog } from './protocols/event-log.ts';
import { metadata } from './protocols/metadata.ts';
import { migration } from './protocols/migration.ts';
import { move } from './protocols/move.ts';
import { replace } from './protocols/replace.ts';
import { rotation } from './protocols/rotation.ts';
import { update } from './protocols/update.ts';

/** By the directory in which the keys are. */
export const allProtocols: Readonly<Record<string, Protocol>> = {
  append,
  batch,
  create,
  delete: deletion,
  events: eventLog,
  metadata,
  migration,
  move,
  replace,
  rotation,
  update,
};

/** What is changed by a protocol, and at which path. */
export interface Key {
  readonly path: string;
  readonly protocol: Protocol;
}

/** The keys of the protocols of these names. */
export function* everyKey(names: readonly string[]): Generator<Key> {
  for (const [name, protocol] of Object.entries(allProtocols).filter(([each]) => names.includes(each))) {
    for (let key = 0; key < protocol.keys; key += 1) {
      yield { path: `${name}/${key}`, protocol };
    }
  }
}
