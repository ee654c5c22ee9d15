import type { CallCost } from "./meter-name.ts";
import type { Asking, Stamp } from "./visit.ts";

/** A call that waits for its place. */
export interface WaitingCall {
  readonly cost: CallCost;
  readonly go: (stamp: Stamp) => void;
  readonly fail: (error: Error) => void;
  readonly onWait?: (waitMs: number) => void;
}

interface Entry extends Asking {
  readonly call: WaitingCall;
}

/**
 * Owns: the calls of one run that wait for one provider, a line for each team. Invariant: of each team only the
 * first is asked for, so that nobody has more than one place in the queue of all.
 */
export class WaitingCalls {
  readonly #teams = new Map<string, Entry[]>();
  #ids = 0;

  get size(): number {
    let size = 0;
    for (const line of this.#teams.values()) size += line.length;
    return size;
  }

  /** Puts a call at the end of its team's line; one that was refused before at its head. */
  add(team: string, again: boolean, call: WaitingCall): void {
    const line = this.#teams.get(team) ?? [];
    this.#teams.set(team, line);
    const entry = { id: ++this.#ids, cost: call.cost, again, call };
    if (again) line.unshift(entry);
    else line.push(entry);
  }

  remove(call: WaitingCall): void {
    for (const [team, line] of this.#teams) {
      const index = line.findIndex((entry) => entry.call === call);
      if (index >= 0) this.#takeAt(team, line, index);
    }
  }

  heads(): readonly Entry[] {
    return [...this.#teams.values()].flatMap(([first]) => (first ? [first] : []));
  }

  /** Takes out the call of that number. */
  take(id: number): WaitingCall | undefined {
    for (const [team, line] of this.#teams) {
      const index = line.findIndex((entry) => entry.id === id);
      if (index >= 0) return this.#takeAt(team, line, index)?.call;
    }
    return undefined;
  }

  takeAll(): readonly WaitingCall[] {
    const all = [...this.#teams.values()].flat().map(({ call }) => call);
    this.#teams.clear();
    return all;
  }

  #takeAt(team: string, line: Entry[], index: number): Entry | undefined {
    const [entry] = line.splice(index, 1);
    if (line.length === 0) this.#teams.delete(team);
    return entry;
  }
}
