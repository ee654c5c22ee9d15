import type { MessageImage } from "../events/message.ts";

const PIXELS_A_TOKEN = 750;
const TILE = 768;
const TOKENS_A_TILE = 258;
/** What the largest picture comes to after a provider has scaled it down. */
const MOST_TOKENS = 4_800;

/**
 * What pictures take of a prompt, in tokens on the high side. Providers count by area (Anthropic one for 750 pixels)
 * or by tiles (Google 258 for 768 x 768, OpenAI 170 for 512 x 512 after scaling it down), and all scale large ones
 * down.
 */
export function estimateImageTokens(images: readonly MessageImage[] = []): number {
  return images.reduce((sum, image) => sum + tokensOf(image), 0);
}

function tokensOf({ width, height }: MessageImage): number {
  const byArea = (width * height) / PIXELS_A_TOKEN;
  const byTiles = Math.ceil(width / TILE) * Math.ceil(height / TILE) * TOKENS_A_TILE;
  return Math.ceil(Math.min(MOST_TOKENS, Math.max(byArea, byTiles, TOKENS_A_TILE)));
}
