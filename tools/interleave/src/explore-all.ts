import { parseArgs } from 'node:util';
import { explore, formatStep, parsePlan } from './explore.ts';
import { prepare, runPlan } from './run-plan.ts';
import { scenarios } from './scenarios.ts';

/** Explores the scenarios and counts the runs; or repeats one run. Exit code 0: every promise was kept; 1: one was not. */
const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    preemptions: { type: 'string' },
    beside: { type: 'string' },
    plan: { type: 'string' },
  },
});

Error.stackTraceLimit = 4;
for (const scenario of scenarios.filter(({ name }) => new RegExp(values.only).test(name))) {
  if (values.plan !== undefined) {
    const { steps, violation } = await runPlan(scenario, await prepare(scenario), parsePlan(values.plan));
    console.log([...steps.map(formatStep), violation ?? 'every promise was kept'].join('\n'));
    process.exitCode = violation === undefined ? 0 : 1;
    continue;
  }
  const began = process.hrtime.bigint();
  const { preemptions, beside } = scenario.bound;
  const bound = { preemptions: Number(values.preemptions ?? preemptions), beside: Number(values.beside ?? beside) };
  const { counts, operations, violation } = await explore(scenario, bound);
  const seconds = (Number(process.hrtime.bigint() - began) / 1e9).toFixed(1);
  console.log(
    `${scenario.name}: ${Object.entries(counts)
      .map(([kind, count]) => `${count} of ${kind}`)
      .join(', ')}; ${operations} operations in ${seconds} s`,
  );
  if (violation !== undefined) {
    console.log(violation);
    process.exitCode = 1;
  }
}
