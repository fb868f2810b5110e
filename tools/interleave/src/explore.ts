import { type Contents, prepare, type RunResult, runPlan } from './run-plan.ts';
import type { Bound, Scenario } from './scenario.ts';
import { type Deviation, faults, isChange, type Operation, type Step } from './schedule.ts';

/** What came of exploring a scenario. */
export interface Exploration {
  /** Runs by `{preemptions}` and `{preemptions}+fault`. */
  readonly counts: Readonly<Record<string, number>>;
  /** How many operations all runs did. */
  readonly operations: number;
  /** The first run that did not keep what is promised, told so that it can be repeated. */
  readonly violation: string | undefined;
}

/** A plan, and what it costs. */
interface Planned {
  readonly plan: readonly Deviation[];
  readonly preemptions: number;
  readonly hasFault: boolean;
}

/** Runs all plans within a bound, those with the fewest deviations first, until one breaks a promise. */
export async function explore(scenario: Scenario, bound: Bound = scenario.bound): Promise<Exploration> {
  const contents = await prepare(scenario);
  const counts: Record<string, number> = {};
  let operations = 0;
  const levels: Planned[][] = [[{ plan: [], preemptions: 0, hasFault: false }]];
  for (const level of levels) {
    for (let planned = level.pop(); planned !== undefined; planned = level.pop()) {
      const result = await runPlan(scenario, contents, planned.plan);
      const kind = `${planned.preemptions}${planned.hasFault ? '+fault' : ''}`;
      counts[kind] = (counts[kind] ?? 0) + 1;
      operations += result.steps.length;
      if (result.violation !== undefined) {
        return { counts, operations, violation: await report(scenario, contents, planned.plan, result) };
      }
      for (const child of childrenOf(planned, result.steps, bound, scenario.faultsAt)) {
        const cost = child.preemptions + (child.hasFault ? 1 : 0);
        levels[cost] ??= [];
        levels[cost].push(child);
      }
    }
  }
  return { counts, operations, violation: undefined };
}

/** All plans that leave a run once more, after where it was left last. */
function childrenOf({ plan, preemptions, hasFault }: Planned, steps: readonly Step[], bound: Bound, faultsAt = /^/): readonly Planned[] {
  const children: Planned[] = [];
  const last = plan.at(-1);
  // What one actor does at the same time mostly does not meet; where nobody else is there, that is what is explored.
  const isAlone = steps.every(({ actor }) => actor === steps[0]?.actor);
  const isWithin = (child: Planned): boolean => child.preemptions <= (child.hasFault ? bound.beside : bound.preemptions);
  for (let i = last?.step ?? 0; i < steps.length; i += 1) {
    const step = steps[i];
    if (step === undefined || (last?.step === i && last.fault !== undefined)) {
      continue;
    }
    if (last?.step !== i) {
      for (const [choice, { isPreemption }] of step.choices.entries()) {
        if (choice > 0 && (!isPreemption || isAlone || meetsOthers(step, steps))) {
          children.push({ plan: [...plan, { step: i, choice }], preemptions: preemptions + (isPreemption ? 1 : 0), hasFault });
        }
      }
    }
    if (!hasFault && faultsAt.test(`${step.name} ${step.path}`)) {
      children.push(...faultsOf(step).map((fault) => ({ plan: [...plan, { step: i, fault }], preemptions, hasFault: true })));
    }
  }
  return children.filter(isWithin);
}

/** A reading that is not done is one that fails. Whoever dies before a reading might as well die before his next change. */
function faultsOf(step: Step): readonly Deviation['fault'][] {
  if (step.name === 'wait' || step.name === 'begin') {
    return [];
  }
  if (step.name === 'request') {
    return faults;
  }
  return isChange(step) ? faults.filter((fault) => fault !== 'gone' && (fault !== 'repeated' || step.to === undefined)) : ['fails'];
}

/** Whether anything that others do is about the same: else it is all the same who comes first. */
function meetsOthers(step: Step, steps: readonly Step[]): boolean {
  return steps.some((other) => other.actor !== step.actor && (isChange(step) || isChange(other)) && overlap(step, other));
}

function overlap(a: Operation, b: Operation): boolean {
  return pathsOf(a).some((path) => pathsOf(b).some((other) => path === other || isBelow(path, other) || isBelow(other, path)));
}

function isBelow(path: string, directory: string): boolean {
  return directory === '' || path.startsWith(`${directory}/`);
}

function pathsOf({ name, path, to }: Operation): readonly string[] {
  if (name === 'wait' || name === 'begin') {
    return [];
  }
  return to === undefined ? [path] : [path, to];
}

/** The plan as {@link parsePlan} reads it. */
export function formatPlan(plan: readonly Deviation[]): string {
  return plan.map(({ step, choice, fault }) => (fault === undefined ? `${step}>${choice}` : `${step}!${fault}`)).join(' ');
}

/** @throws {RangeError} For anything that is no plan. */
export function parsePlan(text: string): readonly Deviation[] {
  return text
    .split(' ')
    .filter((part) => part !== '')
    .map((part) => {
      const [, step, choice, name] = /^(\d+)(?:>(\d+)|!(\w+))$/.exec(part) ?? [];
      const fault = faults.find((each) => each === name);
      if (step === undefined || (choice === undefined && fault === undefined)) {
        throw new RangeError(`"${part}" is neither step>choice nor step!fault`);
      }
      return choice === undefined ? { step: Number(step), fault } : { step: Number(step), choice: Number(choice) };
    });
}

/** Tells a run, and whether it is the same once more. */
async function report(
  scenario: Scenario,
  contents: Contents,
  plan: readonly Deviation[],
  { steps, violation }: RunResult,
): Promise<string> {
  const again = await runPlan(scenario, contents, plan);
  const lines = steps.map((step, i) => formatStep(step, i));
  const isSame = again.violation === violation && again.steps.map(formatStep).join('\n') === lines.join('\n');
  return [`${scenario.name}, plan "${formatPlan(plan)}"${isSame ? '' : ', NOT the same when repeated'}:`, ...lines, violation].join('\n');
}

/** A line of a trace. */
export function formatStep({ actor, name, path, to, fault }: Step, i: number): string {
  return `${String(i).padStart(4)} ${actor}: ${name} ${path}${to === undefined ? '' : ` to ${to}`}${fault === undefined ? '' : `   <- ${fault}`}`;
}
