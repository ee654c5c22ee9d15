import { closeSync } from "node:fs";
import type { BoundedTasks } from "../../base/bounded-tasks.ts";

/** Begins work on an open file as soon as there is room. The file is closed when it has ended, or is never begun. */
export async function withOpenFile(tasks: BoundedTasks, descriptor: number, work: () => Promise<void>): Promise<void> {
  let begun = false;
  try {
    await tasks.add(async () => {
      begun = true;
      try {
        await work();
      } finally {
        closeSync(descriptor);
      }
    });
  } finally {
    if (!begun) closeSync(descriptor);
  }
}
