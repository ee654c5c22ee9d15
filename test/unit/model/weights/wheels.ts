import { execFileSync } from "node:child_process";
import path from "node:path";
import { cacheDirectory } from "../../../../src/base/directories.ts";
import { findPythonEnvironment } from "../../../../src/tools/python-environment.ts";

const MAKE = `
import sys, zipfile
folder, name, version, member, content = sys.argv[1:]
module = name.replace("-", "_")
with zipfile.ZipFile(f"{folder}/{module}-{version}-py3-none-any.whl", "w", zipfile.ZIP_DEFLATED) as wheel:
    wheel.writestr(member, content)
    info = f"{module}-{version}.dist-info"
    wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\\nName: {name}\\nVersion: {version}\\n")
    wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
    wheel.writestr(f"{info}/RECORD", "")
`;

/** The Python that setup made, whose pip the downloads use. */
export async function setupPython(): Promise<string> {
  const environment = await findPythonEnvironment({ cache: cacheDirectory(process.env) });
  if (!environment) throw new Error("npm run setup has not made the Python environment");
  return path.join(environment.directory, "bin", "python");
}

/** Puts a package with one file into a folder. */
export function makeWheel(
  python: string,
  folder: string,
  wheel: { name: string; member: string; content: string },
): void {
  execFileSync(python, ["-c", MAKE, folder, wheel.name, "1.0", wheel.member, wheel.content]);
}

/** An environment in which pip knows the packages of a folder and no others. */
export function onlyPackagesOf(folder: string): NodeJS.ProcessEnv {
  return { PATH: process.env["PATH"], PIP_NO_INDEX: "1", PIP_FIND_LINKS: folder, PIP_DISABLE_PIP_VERSION_CHECK: "1" };
}
