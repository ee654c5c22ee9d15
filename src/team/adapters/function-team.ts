import type { Team, TeamContext, TeamResult } from "../team.ts";

/** What a function may come to: an answer as such, or a result with findings and reason. */
export type FunctionTeamResult = string | TeamResult;

/** What a function needs to be a team. */
export interface FunctionTeamOptions {
  /** The reference of the model it asks; `default` takes the run's. Default: none. */
  readonly model?: string;
  /** The names of the tools it may call. */
  readonly tools?: readonly string[];
}

/**
 * A team made of one function, which reaches models and tools through `context.steps` as every team
 * does. A throw is the team's failure; when `context.steps.signal` aborts it must end at once.
 */
export function functionTeam(
  name: string,
  solve: (context: TeamContext) => Promise<FunctionTeamResult>,
  { model = "none", tools = [] }: FunctionTeamOptions = {},
): Team {
  return {
    model,
    describe: (team, opened) => ({
      team,
      kind: name,
      models: opened === undefined ? [] : [opened],
      tools: [...tools],
    }),
    async solve(context) {
      const result = await solve(context);
      if (typeof result !== "string") return result;
      return { outcome: "answered", answer: result, findings: result, reason: `${name} answered.`, turns: 0 };
    },
  };
}
