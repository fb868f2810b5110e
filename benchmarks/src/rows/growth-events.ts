import { FileEventStore } from '@oh/event-store';
import { smallEvent } from '../event-of-size.ts';
import type { Finding } from '../finding.ts';
import { type GrownStore, withGrownStores } from '../growth-stores.ts';
import { type GrowthPlace, measureGrowth } from '../measure-growth.ts';
import type { RowContext } from './row-context.ts';

const conversationId = 'growing';

/** What operations on the log of a conversation cost behind more and more events. */
export async function measureGrowthEvents(context: RowContext): Promise<readonly Finding[]> {
  return await withGrownStores(context, fill, async (store, stores) => {
    const measure = async (what: string, placesOf: (grown: GrownStore) => OpenPlace): Promise<Finding> => {
      const places = stores.map((grown) => ({ items: grown.items, ...placesOf(grown) }));
      try {
        return await measureGrowth({ what, store, places }, context);
      } finally {
        await Promise.all(places.map(({ close }) => close()));
      }
    };
    return [
      await measure('append of an event', appendPlace),
      await measure('last 20 events', lastEventsPlace),
      await measure('cold open of a log, append of an event', coldAppendPlace),
      await measure('cold open of a log, one event in its middle', coldGetPlace),
    ];
  });
}

type OpenPlace = Omit<GrowthPlace, 'items'> & { readonly close: () => Promise<void> };

async function fill({ items, files }: GrownStore): Promise<void> {
  await using events = new FileEventStore({ files, conversationId });
  await events.appendAll(Array.from({ length: items }, (_, number) => smallEvent(number)));
}

function appendPlace({ items, files }: GrownStore): OpenPlace {
  const events = new FileEventStore({ files, conversationId });
  return {
    run: async () => check((await events.append(smallEvent(0))).id >= items),
    close: () => events.close(),
  };
}

function lastEventsPlace({ items, files }: GrownStore): OpenPlace {
  const events = new FileEventStore({ files, conversationId });
  return {
    run: async () => {
      const ids: number[] = [];
      for await (const { id } of events.search({ reverse: true, limit: 20 })) {
        ids.push(id);
      }
      check(ids.length === 20 && (ids[0] ?? 0) >= items - 1);
    },
    close: () => events.close(),
  };
}

function coldAppendPlace(grown: GrownStore): OpenPlace {
  return coldPlace(grown, async (events) => check((await events.append(smallEvent(0))).id >= grown.items));
}

function coldGetPlace(grown: GrownStore): OpenPlace {
  const middle = grown.items / 2;
  return coldPlace(grown, async (events) => check((await events.get(middle))['number'] === middle));
}

/** A store of its own for each operation, opened within the clock and closed outside. */
function coldPlace({ files }: GrownStore, use: (events: FileEventStore) => Promise<void>): OpenPlace {
  let events: FileEventStore | undefined;
  const close = async (): Promise<void> => await events?.close();
  return {
    run: async () => {
      events = new FileEventStore({ files, conversationId });
      await use(events);
    },
    after: close,
    close,
  };
}

function check(isRight: boolean): void {
  if (!isRight) {
    throw new Error('another event than what is there');
  }
}
