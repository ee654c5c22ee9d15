import process from "node:process";

/** npm runs a package's scripts in its own folder; files and m1p.config.ts are meant where the person is. */
export function goWhereNpmWasCalled(): void {
  const { INIT_CWD: called } = process.env;
  if (called !== undefined) process.chdir(called);
}
