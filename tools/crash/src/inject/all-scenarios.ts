import { readScenarios } from './read-scenarios.ts';
import type { Scenario } from './scenario.ts';
import { metadataScenarios, nameScenarios, writeScenarios } from './write-scenarios.ts';

/** Every operation of a store. */
export const allScenarios: readonly Scenario[] = [...writeScenarios, ...nameScenarios, ...metadataScenarios, ...readScenarios];

/** The scenario of that name. @throws {Error} When there is none. */
export function scenarioNamed(name: string): Scenario {
  const scenario = allScenarios.find((each) => each.name === name);
  if (scenario === undefined) {
    throw new Error(`there is no operation ${JSON.stringify(name)}`);
  }
  return scenario;
}
