import { createHash, randomBytes } from "node:crypto";

/**
 * A number in [0, 1) that depends only on `seed` and `label`. Stateless, so a resumed run draws
 * what the first one drew, whatever the order of the draws.
 */
export function seededRandom(seed: string, label: string): number {
  const digest = createHash("sha256").update(`${seed}\n${label}`).digest();
  return digest.readUIntBE(0, 6) / 2 ** 48;
}

/** A non-negative 31-bit integer that depends only on `seed` and `label`, as providers take for their seed. */
export function seededInteger(seed: string, label: string): number {
  return Math.floor(seededRandom(seed, label) * 2 ** 31);
}

/** A fresh seed for a run that was given none. */
export function freshSeed(): string {
  return randomBytes(8).toString("hex");
}

/** Chance that need not be repeated (jitter below the door): a number in [0, 1). */
export function jitter(): number {
  return randomBytes(6).readUIntBE(0, 6) / 2 ** 48;
}

/**
 * Numbers in [0, 1), one a call, that depend only on `seed` and `label`: for the many draws of a resampling, where
 * a hash each would be slow. Source of the generator: sfc32 (PractRand, Chris Doty-Humphrey, public domain).
 */
export function seededStream(seed: string, label: string): () => number {
  const digest = createHash("sha256").update(`${seed}\n${label}`).digest();
  let [a, b, c, counter] = [0, 4, 8, 12].map((at) => digest.readInt32LE(at)) as [number, number, number, number];
  return () => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return (sum >>> 0) / 2 ** 32;
  };
}
