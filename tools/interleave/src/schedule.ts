import { settle } from './determinism.ts';

/** What goes wrong with an operation. */
export const faults = ['fails', 'lost', 'repeated', 'dies', 'gone'] as const;

/**
 * `fails`: it is not done. `lost`: it is done, and its answer is lost. `repeated`: it is done, and then once more, as a client does that got no answer.
 * `dies`: it is not done, and its actor does nothing more. `gone`, of a request alone: the receiver wants no more of them.
 */
export type Fault = (typeof faults)[number];

/** What an actor is about to do. */
export interface Operation {
  readonly actor: string;
  /** The method of the store, `begin`, or `wait` for a timer. */
  readonly name: string;
  readonly path: string;
  /** Where something is copied or moved to. */
  readonly to?: string | undefined;
}

/** Operations that change nothing. */
const readings: ReadonlySet<string> = new Set(['begin', 'open', 'stat', 'list', 'entries', 'wait']);

/** Whether an operation changes something. */
export function isChange({ name }: Operation): boolean {
  return !readings.has(name);
}

/** What was done at a step, and what could have been. */
export interface Step extends Operation {
  /** The operations that could have been done; the first is what is done unless the plan says otherwise. */
  readonly choices: readonly Choice[];
  readonly fault: Fault | undefined;
}

/** An operation that could be next. */
export interface Choice {
  readonly operation: Operation;
  /** Whether it takes the turn away from somebody who could go on. */
  readonly isPreemption: boolean;
}

/** Where a run leaves what it would do by itself. */
export interface Deviation {
  /** From 0. */
  readonly step: number;
  /** Which of the choices is taken. */
  readonly choice?: number | undefined;
  readonly fault?: Fault | undefined;
}

interface Waiting {
  readonly operation: Operation;
  readonly go: (fault: Fault | undefined) => void;
}

/** More operations of one kind than these that one actor has begun at once are done together: nobody comes between them. */
const maxParallel = 6;

/** Steps of a run at most; whoever is not done then never will be. */
const maxSteps = 5000;

/** Lets actors go on by one operation at a time. */
export class Schedule {
  readonly steps: Step[] = [];
  readonly #plan: readonly Deviation[];
  readonly #dead = new Set<string>();
  #waiting: Waiting[] = [];
  #current: string | undefined;

  constructor(plan: readonly Deviation[]) {
    this.#plan = plan;
  }

  /** Resolves when it is the turn of an operation; never, once its actor is dead. */
  arrive(operation: Operation): Promise<Fault | undefined> {
    return new Promise((go) => {
      this.#waiting.push({ operation, go });
    });
  }

  /** Whether an actor does nothing more. */
  isDead(actor: string): boolean {
    return this.#dead.has(actor);
  }

  /** Goes on until `isOver`. @throws {Error} When nobody can go on, or it takes no end. */
  async run(isOver: () => boolean): Promise<void> {
    for (;;) {
      await settle();
      if (isOver()) {
        return;
      }
      const ready = this.#ready();
      if (ready.length === 0 || this.steps.length >= maxSteps) {
        throw new Error(ready.length === 0 ? 'nobody can go on' : `not done after ${maxSteps} operations`);
      }
      this.#step(ready);
    }
  }

  #step(ready: readonly (Choice & { readonly waiting: Waiting })[]): void {
    const deviations = this.#plan.filter(({ step }) => step === this.steps.length);
    const { choice = 0 } = deviations.find((deviation) => deviation.choice !== undefined) ?? {};
    const { fault } = deviations.find((deviation) => deviation.fault !== undefined) ?? {};
    const taken = ready[choice]?.waiting;
    if (taken === undefined) {
      throw new Error(`step ${this.steps.length} has no choice ${choice}: another plan, or a run that is not the same each time`);
    }
    const { operation } = taken;
    this.steps.push({ ...operation, choices: ready.map(({ operation, isPreemption }) => ({ operation, isPreemption })), fault });
    this.#current = operation.actor;
    if (fault === 'dies') {
      this.#dead.add(operation.actor);
      this.#waiting = this.#waiting.filter((each) => each.operation.actor !== operation.actor);
      return;
    }
    const together = new Set([taken, ...(fault === undefined ? this.#togetherWith(taken) : [])]);
    this.#waiting = this.#waiting.filter((each) => !together.has(each));
    for (const each of together) {
      each.go(fault);
    }
  }

  #togetherWith({ operation: { actor, name } }: Waiting): readonly Waiting[] {
    const alike = this.#waiting.filter(({ operation }) => operation.actor === actor && operation.name === name);
    return alike.length > maxParallel ? alike : [];
  }

  /** Who can go on, whoever would first: the actor whose turn it was; time passes only when nobody has anything else to do. */
  #ready(): readonly (Choice & { readonly waiting: Waiting })[] {
    const working = this.#waiting.filter(({ operation }) => operation.name !== 'wait');
    const timers = this.#waiting.filter(({ operation }) => operation.name === 'wait');
    const own = working.filter(({ operation }) => operation.actor === this.#current);
    const others = firstOfEach(working.filter(({ operation }) => operation.actor !== this.#current));
    const [next, ...rest] = own;
    // Readings of one actor do not see each other.
    const ownOthers =
      next === undefined
        ? []
        : isChange(next.operation)
          ? rest.slice(0, 1)
          : rest.filter(({ operation }) => isChange(operation)).slice(0, 1);
    const toChoice = (isPreemption: boolean) => (waiting: Waiting) => ({ waiting, operation: waiting.operation, isPreemption });
    return [
      ...(next === undefined ? [] : [next]).map(toChoice(false)),
      ...[...ownOthers, ...others].map(toChoice(next !== undefined)),
      ...firstOfEach(timers).map(toChoice(working.length > 0)),
    ];
  }
}

function firstOfEach(waiting: readonly Waiting[]): readonly Waiting[] {
  const first = new Map<string, Waiting>();
  for (const each of waiting) {
    const { actor } = each.operation;
    first.set(actor, first.get(actor) ?? each);
  }
  return [...first.values()];
}
