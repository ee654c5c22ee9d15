import path from "node:path";

/** Where a team's code sees its folder inside the sandbox; file tools understand such paths too. */
export const WORKSPACE_INSIDE = "/workspace";

/** Whether a path is a folder or lies in it; both must be absolute and normal. */
export function isWithin(folder: string, candidate: string): boolean {
  const relative = path.relative(folder, candidate);
  return relative === "" || (!path.isAbsolute(relative) && relative.split(path.sep)[0] !== "..");
}
