import type { FaultType } from './fault.ts';
import type { ProxiedRequest } from './proxied-request.ts';

/** What arrived at a proxy since it started or since the last `reset()`. */
export class RequestCounts {
  #methods = new Map<string, number>();
  #kinds = new Map<string, number>();
  #faults = new Map<FaultType, number>();

  /** All requests, whatever became of them. */
  get total(): number {
    return [...this.#methods.values()].reduce((sum, count) => sum + count, 0);
  }

  /** Requests by HTTP method. */
  get byMethod(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#methods);
  }

  /** Requests by kind, in the words of `FaultProxyOptions.kindOf`. */
  get byKind(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#kinds);
  }

  /** Faults that were injected. */
  get faults(): Readonly<Partial<Record<FaultType, number>>> {
    return Object.fromEntries(this.#faults);
  }

  /** Counts a request that arrived. */
  countRequest({ method, kind }: ProxiedRequest): void {
    increment(this.#methods, method);
    increment(this.#kinds, kind);
  }

  /** Counts a fault that it met. */
  countFault(fault: FaultType): void {
    increment(this.#faults, fault);
  }

  /** Starts all counts again at zero. */
  reset(): void {
    this.#methods.clear();
    this.#kinds.clear();
    this.#faults.clear();
  }
}

function increment<K>(counts: Map<K, number>, key: K): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
