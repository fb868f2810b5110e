import { type FileStore, hasErrorCode, withPrefix } from '@oh/file-store-core';
import { BatchedWebHookFileStore, type DeliveryClock, readOutbox, WebHookFileStore } from '@oh/file-store-webhook';
import { type HttpRequest, openReceiver } from '../http-requests.ts';
import { repeat } from '../repeat.ts';
import type { Play, Scenario, Stage } from '../scenario.ts';
import type { Fault } from '../schedule.ts';

type HookStore = BatchedWebHookFileStore | WebHookFileStore;

/** A notice as the receiver gets it; of what is not there, with 0 bytes. */
interface Told {
  readonly path: string;
  readonly bytes: number;
}

/** How notices are sent. */
type Form = 'batches' | 'one by one';

/** How deliveries are made, and what the receiver answers while actors make them; 200 by default. */
interface DeliveryPlan {
  readonly form: Form;
  readonly attempts: number;
  readonly status?: number;
  /** Notices that a batch may have for the receiver. Default: any number. */
  readonly maxNotices?: number;
  /** Whether somebody else takes the outbox over, besides who replays. */
  readonly hasSecond?: boolean;
}

/** Timers of so many milliseconds never run: answers come before. */
const never = 3_600_000;

/** What was changed, what the receiver took, and whether it is as promised. */
class Deliveries {
  readonly #form: Form;
  readonly #attempts: number;
  readonly #maxNotices: number;
  /** What is answered until the end. */
  #status: number;
  readonly #acknowledged = new Map([['c', 1]]);
  readonly #told: Told[] = [];
  readonly #seen = new Set<string>();
  #repetitions = 0;
  readonly #refused = Promise.withResolvers<void>();
  hasChanged = false;

  constructor({ form, attempts, status = 200, maxNotices = Number.POSITIVE_INFINITY }: DeliveryPlan) {
    this.#form = form;
    this.#maxNotices = maxNotices;
    this.#attempts = attempts;
    this.#status = status;
  }

  /** Resolves when the receiver has refused something. */
  get refused(): Promise<void> {
    return this.#refused.promise;
  }

  /** Opens the store for an actor, whose requests wait for their turn. */
  open({ files, name, request, delay }: Pick<Stage, 'files' | 'name' | 'request' | 'delay'>): HookStore {
    const origin = openReceiver(name, async (sent) => {
      for (let fault = await request('receiver'); ; fault = await request('receiver')) {
        const status = this.#receive(sent, fault);
        if (fault === 'lost') {
          throw new Error('the answer is lost, on purpose');
        }
        if (fault !== 'repeated') {
          return status;
        }
      }
    });
    const options = {
      baseUrl: `${origin}/`,
      outbox: withPrefix(files, 'outbox'),
      clock: clockOf(delay),
      attempts: this.#attempts,
      retryDelaysMs: [],
      requestTimeoutMs: never,
      closeTimeoutMs: never,
    };
    const data = withPrefix(files, 'data');
    return this.#form === 'batches' ? new BatchedWebHookFileStore(data, options) : new WebHookFileStore(data, options);
  }

  /** Writes a path so many bytes long. */
  async write(hook: HookStore, path: string, bytes: number): Promise<void> {
    await repeat(() => hook.write(path, 'x'.repeat(bytes)));
    this.#acknowledged.set(path, bytes);
  }

  /** The next owner sends what is left, dead letters too: then everything was told, in its order, and nothing is sent any more. */
  async check(files: FileStore): Promise<void> {
    const quiet = { files, name: 'last', request: async () => undefined, delay: async () => undefined };
    this.#status = 200;
    const last = this.open(quiet);
    await last.flush();
    await last.replay();
    await last.flush();
    await last.close();
    const { pending, deadLetters } = await readOutbox(withPrefix(files, 'outbox'));
    const letters = await Array.fromAsync(deadLetters);
    if (pending.length + letters.length > 0) {
      throw new Error(`${pending.length} notices and ${letters.length} dead letters are left`);
    }
    for (const [path, bytes] of this.#acknowledged) {
      const { size } = await files.stat(`data/${path}`);
      const told = this.#told.filter((each) => each.path === path).map((each) => each.bytes);
      if (size < bytes || told.at(-1) !== size || told.some((each, i) => each < (told[i - 1] ?? 0))) {
        throw new Error(`${path} has ${size} bytes, of ${bytes} acknowledged, and what was told of it has ${told.join() || 'none'}`);
      }
    }
    const before = this.#told.length + this.#repetitions;
    const idle = this.open({ ...quiet, name: 'idle' });
    await idle.flush();
    await idle.close();
    if (this.#told.length + this.#repetitions > before) {
      throw new Error('what was delivered is sent again');
    }
  }

  /** Takes a request, once, and answers. */
  #receive({ id, path, body }: HttpRequest, fault: Fault | undefined): number {
    const status = fault === 'gone' ? 410 : fault === 'fails' ? 500 : this.#status;
    if (status !== 200) {
      this.#refused.resolve();
      return status;
    }
    if (this.#seen.has(id)) {
      this.#repetitions += 1;
      return 200;
    }
    const told = this.#form === 'batches' ? parseBatch(body) : [{ path, bytes: body.byteLength }];
    if (told.length > this.#maxNotices) {
      return 413;
    }
    this.#seen.add(id);
    this.#told.push(...told);
    return 200;
  }
}

function parseBatch(body: Buffer): readonly Told[] {
  const items = JSON.parse(body.toString()) as readonly { readonly path: string; readonly content?: string }[];
  return items.map(({ path, content = '' }) => ({ path, bytes: content.length }));
}

function clockOf(delay: () => Promise<void>): DeliveryClock {
  return {
    now: () => Date.UTC(2026, 0, 1),
    startTimer: (delayMs, onTime) => {
      let isOver = delayMs >= never;
      if (!isOver) {
        void delay().then(() => (isOver ? undefined : onTime()));
      }
      return () => {
        isOver = true;
      };
    },
  };
}

/** Two notices that could not be delivered; the later one is in the log of the outbox, too. */
async function prepareLetters(files: FileStore): Promise<void> {
  const baseUrl = `${openReceiver('failing', async () => 500)}/`;
  // Chance begins anew in each run, and would give others the same ids.
  const ids = ['before-1', 'before-2', 'before-3'];
  const options = {
    baseUrl,
    outbox: withPrefix(files, 'outbox'),
    clock: clockOf(async () => undefined),
    attempts: 1,
    retryDelaysMs: [],
    newId: () => ids.shift() ?? 'before',
  };
  const hook = new BatchedWebHookFileStore(withPrefix(files, 'data'), options);
  await Promise.all([hook.write('a', 'x'), hook.write('c', 'x')]);
  await hook.close();
}

/** Whoever was overtaken stops; all that it knew is in the outbox. */
async function untilOvertaken(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!hasErrorCode(error, 'closed')) {
      throw error;
    }
  }
}

function deliver(plan: DeliveryPlan): () => Play {
  return () => {
    const record = new Deliveries(plan);
    const first = async (stage: Stage): Promise<void> => {
      const hook = record.open(stage);
      try {
        await Promise.all([record.write(hook, 'a', 2), record.write(hook, 'b', 1)]);
      } finally {
        record.hasChanged = true;
      }
      await untilOvertaken(async () => {
        await hook.flush();
        await hook.close();
      });
    };
    /** Others take over when nothing is being changed: what one that still lives is just changing may be told by neither. */
    const takeOver =
      (work: (hook: HookStore) => Promise<unknown>): Play['actors'][string] =>
      async (stage) => {
        while (!record.hasChanged && !stage.isOver('first')) {
          await stage.delay();
        }
        const hook = record.open(stage);
        await untilOvertaken(async () => {
          await work(hook);
          await hook.flush();
          await hook.close();
        });
      };
    const second = takeOver((hook) => hook.flush());
    const replayer = takeOver((hook) => repeat(() => hook.replay()));
    const actors = plan.hasSecond === true ? { first, second, replayer } : { first, replayer };
    return { actors, check: (files) => record.check(files) };
  };
}

/** One process replays a dead letter while the batch becomes some that its notice is in. */
function replayAndBury(): Play {
  const record = new Deliveries({ form: 'batches', attempts: 1, status: 500 });
  const owner = async (stage: Stage): Promise<void> => {
    const hook = record.open(stage);
    await Promise.all([record.write(hook, 'a', 2), record.write(hook, 'b', 1)]);
    const flushing = hook.flush();
    // At the end too: not every batch gets as far as a request.
    await Promise.all([flushing, Promise.race([record.refused, flushing]).then(() => repeat(() => hook.replay({ ids: ['before-2'] })))]);
    await hook.flush();
    await hook.close();
  };
  return { actors: { owner }, check: (files) => record.check(files) };
}

/** `@oh/file-store-webhook`: delivery, dead letters and their replay, while the outbox is taken over. */
export const deliveryScenarios: readonly Scenario[] = [
  {
    name: 'webhooks: deliver in batches, replay',
    faultsAt: /^request|dead-letters/,
    prepare: prepareLetters,
    bound: { preemptions: 1, beside: 0 },
    begin: deliver({ form: 'batches', attempts: 1 }),
  },
  {
    name: 'webhooks: deliver in batches, takeover, replay, on a store that does not append',
    capabilities: { append: false },
    faultsAt: /^request/,
    prepare: prepareLetters,
    bound: { preemptions: 0, beside: 0 },
    begin: deliver({ form: 'batches', attempts: 2, hasSecond: true }),
  },
  {
    name: 'webhooks: deliver in batches, replay, to a receiver that takes one notice at a time',
    faultsAt: /^request/,
    prepare: prepareLetters,
    bound: { preemptions: 0, beside: 0 },
    begin: deliver({ form: 'batches', attempts: 1, maxNotices: 1 }),
  },
  {
    name: 'webhooks: deliver in batches, replay, to a receiver that fails',
    faultsAt: /dead-letters/,
    prepare: prepareLetters,
    bound: { preemptions: 0, beside: 0 },
    begin: deliver({ form: 'batches', attempts: 1, status: 500 }),
  },
  {
    name: 'webhooks: replay while a batch is buried',
    prepare: prepareLetters,
    bound: { preemptions: 2, beside: 0 },
    begin: replayAndBury,
  },
  {
    name: 'webhooks: deliver one by one, replay, to a receiver that is gone',
    prepare: prepareLetters,
    bound: { preemptions: 0, beside: 0 },
    begin: deliver({ form: 'one by one', attempts: 2, status: 410 }),
  },
];
