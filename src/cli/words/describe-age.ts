/** A time that has passed, as people say it: "40 seconds", "3 minutes", "2 hours", "5 days". */
export function describeAge(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  if (seconds < 60) return count(seconds, "second");
  if (seconds < 3_600) return count(Math.round(seconds / 60), "minute");
  if (seconds < 172_800) return count(Math.round(seconds / 3_600), "hour");
  return count(Math.round(seconds / 86_400), "day");
}

function count(number: number, unit: string): string {
  return `${number} ${unit}${number === 1 ? "" : "s"}`;
}
