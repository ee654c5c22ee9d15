import path from "node:path";

/** What git is told by them is about the folder that we were started in, not about a team's. */
const OF_ANOTHER_REPOSITORY = [
  ..."GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE GIT_COMMON_DIR GIT_PREFIX GIT_NAMESPACE GIT_GRAFT_FILE".split(" "),
  ..."GIT_OBJECT_DIRECTORY GIT_ALTERNATE_OBJECT_DIRECTORIES GIT_SHALLOW_FILE".split(" "),
];

/** Of a command within a command: the outer one's mark is not the inner one's. */
const OURS = ["M1P_COMMAND"];

export interface CommandSurroundings {
  /** The person's environment, from which nothing but what would lead astray is taken. */
  readonly environment: NodeJS.ProcessEnv;
  readonly folder: string;
  readonly task: string;
  readonly team: string;
  readonly runId: string;
}

/** The environment of a person's own command: theirs, keys and all, and what the command is there for. */
export function commandEnvironment(options: CommandSurroundings): Record<string, string> {
  const { environment, folder, task, team, runId } = options;
  const left = Object.entries(environment).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined && !OF_ANOTHER_REPOSITORY.includes(entry[0]) && !OURS.includes(entry[0]),
  );
  return {
    ...Object.fromEntries(left),
    M1P_TASK: task,
    M1P_TEAM: team,
    M1P_RUN: runId,
    // Where the team's folder is no repository, git must not find one that the data directory lies in.
    GIT_CEILING_DIRECTORIES: [path.dirname(folder), environment["GIT_CEILING_DIRECTORIES"]].filter(Boolean).join(":"),
  };
}
