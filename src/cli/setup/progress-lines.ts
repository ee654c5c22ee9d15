import type { Clock } from "../../base/clock.ts";
import type { WeightsProgress } from "../../model/weights/download-weights.ts";

const LINE_EVERY_MS = 3_000;

/** Turns a download's progress into lines: each note, and how far it is every few seconds. */
export function progressLines(say: (text: string) => void, clock: Clock): (progress: WeightsProgress) => void {
  let last: { readonly time: number; readonly received: number } | undefined;
  return (progress) => {
    if (progress.kind === "note") return say(progress.text);
    const time = clock.monotonic();
    const { received, total } = progress;
    last ??= { time, received };
    if (time - last.time < LINE_EVERY_MS && received < total) return;
    const perSecond = ((received - last.received) / Math.max(1, time - last.time)) * 1000;
    last = { time, received };
    const rate = perSecond > 0 ? `, ${megabytes(perSecond)} MB a second` : "";
    say(`${megabytes(received)} of ${megabytes(total)} MB (${Math.floor((received / total) * 100)}%)${rate}`);
  };
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0);
}
