import fc from 'fast-check';
import { expect, it } from 'vitest';
import { acquireLease, type FileStore, FileStoreError, type Lease, MemoryFileStore, requestLeaseRelease } from '../src/index.ts';
import { around, LeaseWorld, type MachineClock, settle } from './lease-world.ts';

const path = 'lease';
const owners = 4;
/** Wall clocks differ by less than this. */
const maxClockSkewMs = 500;

type Answer = 'answer' | 'fail before' | 'fail after';
type Step =
  | { readonly kind: 'advance'; readonly ms: number }
  | { readonly kind: 'acquire'; readonly ttlMs: number; readonly waitMs: number }
  | { readonly kind: 'renew' | 'release' | 'request' | 'stop' | 'deliver all' }
  | { readonly kind: 'deliver'; readonly which: number; readonly answer: Answer };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('advance' as const), ms: fc.integer({ min: 1, max: 700 }) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('acquire' as const),
      ttlMs: fc.integer({ min: 100, max: 900 }),
      waitMs: fc.constantFrom(0, 3000),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constantFrom('renew' as const, 'release' as const, 'request' as const, 'stop' as const, 'deliver all' as const),
    }),
  },
  {
    weight: 10,
    arbitrary: fc.record({
      kind: fc.constant('deliver' as const),
      which: fc.nat({ max: 20 }),
      answer: fc.constantFrom<Answer>('answer', 'answer', 'answer', 'answer', 'fail before', 'fail after'),
    }),
  },
);

/** Wherever a call to the store may be held up: on its way there, and on its way back. */
class SlowNetwork {
  readonly #held: ((answer: Answer) => void)[] = [];

  async call<T>(act: () => Promise<T>): Promise<T> {
    const there = await this.#hold();
    if (there === 'fail before') {
      throw new FileStoreError('unavailable', 'was not done');
    }
    const result = await act();
    const back = there === 'fail after' ? there : await this.#hold();
    if (back !== 'answer') {
      throw new FileStoreError('timeout', 'was done, though nobody heard');
    }
    return result;
  }

  deliver(which: number, answer: Answer): void {
    this.#held.splice(which % Math.max(this.#held.length, 1), 1)[0]?.(answer);
  }

  async deliverAll(): Promise<void> {
    while (this.#held.length > 0) {
      this.deliver(0, 'answer');
      await settle();
    }
  }

  #hold(): Promise<Answer> {
    return new Promise((resolve) => this.#held.push(resolve));
  }
}

class Owner {
  lease: Lease | undefined;
  readonly clock: MachineClock;
  #acquiring = false;

  constructor(clock: MachineClock) {
    this.clock = clock;
  }

  /** What this owner would say now, if it were asked. */
  get believes(): boolean {
    return this.lease?.signal.aborted === false;
  }

  async acquire(store: FileStore, options: { readonly ttlMs: number; readonly waitMs: number }, tokens: number[]): Promise<void> {
    if (this.#acquiring || this.lease !== undefined) {
      return;
    }
    this.#acquiring = true;
    try {
      this.lease = await acquireLease(store, path, { ...options, owner: 'owner', maxClockSkewMs, clock: this.clock, random: () => 0 });
      tokens.push(this.lease.token);
    } finally {
      this.#acquiring = false;
    }
  }

  async release(): Promise<void> {
    const { lease } = this;
    this.lease = undefined;
    await lease?.release();
  }
}

const scenario = fc.record({
  skews: fc.array(fc.integer({ min: 0, max: maxClockSkewMs }), { minLength: owners, maxLength: owners }),
  steps: fc.array(fc.tuple(fc.nat({ max: owners - 1 }), step), { minLength: 80, maxLength: 200 }),
});

it('is never believed in by two at one instant, and tokens only grow, whatever is slow, lost or stopped', async () => {
  let granted = 0;
  let lost = 0;
  await fc.assert(
    fc.asyncProperty(scenario, async ({ skews, steps }) => {
      const world = new LeaseWorld();
      const network = new SlowNetwork();
      const files = new MemoryFileStore();
      const store = around(files, { open: (act) => network.call(act), write: (act) => network.call(act) });
      const machines = skews.map((skewMs, n) => new Owner(world.machine({ wallOffsetMs: skewMs, monotonicOffsetMs: n * 12_345 })));
      const tokens: number[] = [];
      for (const [who, action] of steps) {
        const owner = machines[who];
        if (owner === undefined) {
          throw new RangeError('no such owner');
        }
        const failed = (): undefined => undefined;
        if (action.kind === 'advance') {
          for (let ms = 0; ms < action.ms; ms += 100) {
            await world.advance(100);
            expectOneBeliever(machines);
          }
        } else if (action.kind === 'acquire') {
          void owner.acquire(store, action, tokens).catch(failed);
        } else if (action.kind === 'renew') {
          void owner.lease?.renew().catch(failed);
        } else if (action.kind === 'release') {
          void owner.release().catch(failed);
        } else if (action.kind === 'request') {
          void requestLeaseRelease(store, path, 'somebody').catch(failed);
        } else if (action.kind === 'stop') {
          owner.clock.stopped = !owner.clock.stopped;
        } else if (action.kind === 'deliver all') {
          await network.deliverAll();
        } else if (action.kind === 'deliver') {
          network.deliver(action.which, action.answer);
        }
        await settle();
        expectOneBeliever(machines);
        if (owner.lease?.signal.aborted === true) {
          lost += 1;
          void owner.release().catch(failed);
        }
      }
      expect(tokens).toEqual([...new Set(tokens)].sort((a, b) => a - b));
      granted += tokens.length;
    }),
    { numRuns: 200 },
  );
  // The walks came to something: not all of them idle, not all of them smooth.
  expect(granted).toBeGreaterThan(200);
  expect(lost).toBeGreaterThan(50);
});

function expectOneBeliever(machines: readonly Owner[]): void {
  const believers = machines.filter((machine) => machine.believes);
  if (believers.length > 1) {
    expect.fail(`tokens ${believers.map(({ lease }) => lease?.token)} are believed in`);
  }
}
