import assert from 'node:assert/strict';
import type { FileInfo, FileStore, LeaseClock } from '../src/index.ts';

/** How one machine tells the time. */
interface Machine {
  readonly wallOffsetMs?: number;
  readonly monotonicOffsetMs?: number;
}

/** The clock of a machine that can be stopped: time goes on, its timers do not fire. */
export interface MachineClock extends LeaseClock {
  stopped: boolean;
}

interface Timer {
  readonly dueMs: number;
  readonly clock: MachineClock;
  readonly onTime: () => void;
}

/** One true time, and machines that tell it in their own ways. */
export class LeaseWorld {
  nowMs = 1_000_000;
  readonly #timers = new Set<Timer>();

  machine({ wallOffsetMs = 0, monotonicOffsetMs = 0 }: Machine = {}): MachineClock {
    const clock: MachineClock = {
      stopped: false,
      wallMs: () => this.nowMs + wallOffsetMs,
      monotonicMs: () => this.nowMs + monotonicOffsetMs,
      startTimer: (delayMs, onTime) => {
        assert.ok(delayMs >= 0, 'Node warns of a timer with a negative delay');
        const timer = { dueMs: this.nowMs + delayMs, clock, onTime };
        this.#timers.add(timer);
        return () => this.#timers.delete(timer);
      },
    };
    return clock;
  }

  get timers(): number {
    return this.#timers.size;
  }

  /** Lets time pass, timer after timer, each with all that follows from it. */
  async advance(ms: number): Promise<void> {
    const endMs = this.nowMs + ms;
    await settle();
    for (;;) {
      const running = [...this.#timers].filter(({ clock, dueMs }) => !clock.stopped && dueMs <= endMs);
      const next = running.sort((a, b) => a.dueMs - b.dueMs)[0];
      if (next === undefined) {
        break;
      }
      this.nowMs = Math.max(this.nowMs, next.dueMs);
      this.#timers.delete(next);
      next.onTime();
      await settle();
    }
    this.nowMs = endMs;
  }
}

/** Runs what can run: the memory store needs no more than microtasks. */
export async function settle(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

/** `store` with something done around its `open` and `write`; `signal` is what the call was given. */
export function around(
  store: FileStore,
  {
    open = (act) => act(),
    write = (act) => act(),
  }: Partial<Record<'open' | 'write', <T>(act: () => Promise<T>, signal: AbortSignal | undefined) => Promise<T>>>,
): FileStore {
  const changed: Pick<FileStore, 'open' | 'write'> = {
    open: (...args) => open(() => store.open(...args), args[1]?.signal),
    write: (...args): Promise<FileInfo> => write(() => store.write(...args), args[2]?.signal),
  };
  return new Proxy(store, {
    get: (target, name) => {
      const value: unknown = Reflect.get(name in changed ? changed : target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
