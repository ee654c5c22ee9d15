import { describeProgram } from "./program.ts";
import type { Scenario } from "./scenario.ts";

/** What a seed stands for, in words. */
export function describeScenario(scenario: Scenario): string {
  const { programs, policy, ...facts } = scenario;
  return [
    ...programs.map((program) => `  ${describeProgram(program)}`),
    `  ${JSON.stringify({ policy: policy.name, ...facts })}`,
  ].join("\n");
}
