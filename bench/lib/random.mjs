/** Numbers in [0, 1), the same for the same seed (Park and Miller's minimal standard generator). */
export function randomFrom(seed) {
  let state = (seed % 2_147_483_646) + 1;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

/** A whole number in [0, below). */
export const below = (random, limit) => Math.floor(random() * limit);
