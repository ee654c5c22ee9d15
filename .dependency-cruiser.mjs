/** The rooms of src/ from the ground up: a room imports only from itself and those before it. */
const ROOMS = [
  "base",
  "events",
  "governance",
  "log",
  "runtime",
  "steps",
  "egress",
  "model",
  "tools",
  "team",
  "answers",
  "race",
  "run",
  "distributed",
  "bench",
  "server",
  "cli",
  "testing",
];

const layers = ROOMS.slice(0, -1).map((room, index) => ({
  name: `layer-${room}`,
  comment: `src/${room} may import only from: ${ROOMS.slice(0, index + 1).join(", ")}.`,
  severity: "error",
  from: { path: `^src/${room}/` },
  to: { path: `^src/(?:[^/]+$|(?:${ROOMS.slice(index + 1).join("|")})/)` },
}));

/** @type {import("dependency-cruiser").IConfiguration} */
export default {
  forbidden: [
    ...layers,
    {
      name: "known-rooms",
      comment: "Every folder of src/ is a room of the design; a new one is a decision (docs/decisions).",
      severity: "error",
      from: { path: "^src/" },
      to: { path: "^src/[^/]+/", pathNot: `^src/(?:${ROOMS.join("|")})/` },
    },
    {
      name: "team-reaches-out-by-steps-only",
      comment:
        "Team code knows models and tools by their types and reaches them through its step context (S2); " +
        "so does the ladder of structured output, which it may use.",
      severity: "error",
      from: { path: "^src/team/" },
      to: { path: "^src/(?:model/(?!structured/)|tools/)", dependencyTypesNot: ["type-only"] },
    },
    {
      name: "team-has-no-other-way-out",
      comment:
        "Files, processes, sockets, time, chance and the log are the step context's (S2); adapters for programs come with their own rule.",
      severity: "error",
      from: { path: "^src/team/" },
      to: { path: "^src/(?:log/|base/(?:clock|random|virtual-clock|ids))", dependencyTypesNot: ["type-only"] },
    },
    {
      name: "team-uses-no-core-module",
      comment: "As above, for Node's own modules.",
      severity: "error",
      from: { path: "^src/team/" },
      to: { dependencyTypes: ["core"] },
    },
    {
      name: "team-knows-no-provider",
      comment: "Not even the type of a provider.",
      severity: "error",
      from: { path: "^src/team/" },
      to: { path: "^src/model/providers/" },
    },
    {
      name: "pure-rooms",
      comment: "Events are data; governance and race decide without input or output.",
      severity: "error",
      from: { path: "^src/(?:events|governance|race)/" },
      to: { dependencyTypes: ["core"], pathNot: "^(?:node:)?crypto$" },
    },
    {
      name: "testing-is-for-tests",
      comment: "src/testing is published for tests and imported by tests only.",
      severity: "error",
      from: { path: "^(?:src|scripts|examples|proofs|peers-bench)/", pathNot: "^src/testing/" },
      to: { path: "^src/testing/" },
    },
    {
      name: "cli-is-an-end",
      comment: "The library is the product; nothing in it knows the command line.",
      severity: "error",
      from: { path: "^src/", pathNot: "^src/cli/" },
      to: { path: "^src/cli/" },
    },
    {
      name: "source-knows-no-outside",
      comment: "src/ stands alone: no tests, scripts or examples in it.",
      severity: "error",
      from: { path: "^src/" },
      to: { path: "^(?:test|scripts|examples|proofs|peers-bench)/" },
    },
    {
      name: "package-dependencies-only",
      comment: "src/ imports what the package declares, never a development dependency (the optional peer excepted).",
      severity: "error",
      from: { path: "^src/" },
      to: { dependencyTypes: ["npm-dev", "npm-no-pkg", "npm-unknown"], pathNot: "node_modules/node-llama-cpp/" },
    },
    { name: "no-cycles", severity: "error", from: {}, to: { circular: true } },
    {
      name: "no-orphans",
      comment: "A module that imports nothing and that nobody imports.",
      severity: "error",
      from: { orphan: true, path: "^src/", pathNot: "^src/(?:index|cli/m1p)\\.ts$|\\.d\\.ts$" },
      to: {},
    },
    { name: "resolvable", severity: "error", from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    parser: "tsc",
    tsPreCompilationDeps: true,
    doNotFollow: { path: "node_modules" },
    exclude: { path: "^(?:dist|test/fixtures)/" },
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["import", "node", "default"] },
  },
};
