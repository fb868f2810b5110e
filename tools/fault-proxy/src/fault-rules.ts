import type { Fault } from './fault.ts';
import { bodyLength, type ProxiedRequest } from './proxied-request.ts';
import { SeededRandom } from './seeded-random.ts';

/** The largest body that is kept in memory to be sent twice. */
const maxDuplicateBytes = 32 * 2 ** 20;

/** When a fault happens. */
export interface FaultRule {
  readonly fault: Fault;
  /** From 0 to 1. Default: 1. */
  readonly probability?: number;
  /** Which requests can meet it. Default: every one. */
  readonly match?: (request: ProxiedRequest) => boolean;
  /** How often it happens at most. Default: without limit. */
  readonly times?: number;
}

/** What happens to one request: a delay in milliseconds, and at most one fault that is no delay. */
export interface Verdict {
  readonly delayMs: number | undefined;
  readonly fault: Exclude<Fault, { type: 'latency' }> | undefined;
}

interface ActiveRule extends FaultRule {
  left: number;
}

/**
 * The rules of a proxy. For each request they are asked in their order; the first that strikes decides, and delays add up on the way.
 *
 * A `duplicate` needs a body of known length up to 32 MiB and a `reset` in the `request-body` needs a body: other requests they let pass.
 */
export class FaultRules {
  readonly #seed: number;
  #random: SeededRandom;
  #rules: readonly ActiveRule[] = [];

  constructor(seed: number) {
    this.#seed = seed;
    this.#random = new SeededRandom(seed);
  }

  /** Replaces all rules. Chance starts again from the seed: the same requests in the same order meet the same faults. */
  set(rules: readonly FaultRule[]): void {
    this.#random = new SeededRandom(this.#seed);
    this.#rules = rules.map((rule) => ({ ...rule, left: rule.times ?? Number.POSITIVE_INFINITY }));
  }

  /** From now on nothing goes wrong. */
  clear(): void {
    this.set([]);
  }

  /** Decides what happens to a request; uses up the `times` of the rules that strike. */
  judge(request: ProxiedRequest): Verdict {
    let delayMs: number | undefined;
    for (const rule of this.#rules) {
      if (this.#strikes(rule, request)) {
        rule.left -= 1;
        if (rule.fault.type !== 'latency') {
          return { delayMs, fault: rule.fault };
        }
        const { minMs, maxMs } = rule.fault;
        delayMs = (delayMs ?? 0) + minMs + this.#random.fraction() * (maxMs - minMs);
      }
    }
    return { delayMs, fault: undefined };
  }

  /** Where a body of `length` bytes is cut: somewhere before its end; near the start of one whose length is unknown. */
  cutOf(length: number | undefined): number {
    return Math.floor(this.#random.fraction() * (length ?? 1_024));
  }

  #strikes(rule: ActiveRule, request: ProxiedRequest): boolean {
    const possible = rule.left > 0 && canHappen(rule.fault, request) && (rule.match?.(request) ?? true);
    return possible && this.#random.fraction() < (rule.probability ?? 1);
  }
}

function canHappen(fault: Fault, { headers }: ProxiedRequest): boolean {
  const length = bodyLength(headers);
  if (fault.type === 'duplicate') {
    return length !== undefined && length <= maxDuplicateBytes;
  }
  return fault.type !== 'reset' || fault.at !== 'request-body' || length !== 0;
}
