#!/usr/bin/env node
// Parsed by any Node: what needs a new one is imported only once the version is known to do.
const [major = 0] = process.versions.node.split(".").map(Number);
if (major < 24) {
  process.stderr.write(`m1p needs Node 24 or newer, and this is Node ${process.versions.node}: please update Node.\n`);
  process.exitCode = 2;
} else {
  const { main } = await import("./main.ts");
  process.exitCode = await main(process.argv.slice(2));
}
