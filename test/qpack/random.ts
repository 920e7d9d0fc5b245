/** Seeded random integers in [0, below): a run that failed can be run again. */
export function random(seed: number): (below: number) => number {
  let state = seed >>> 0
  return (below) => {
    // splitmix32
    state = (state + 0x9e3779b9) >>> 0
    let z = state
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad)
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97)
    return ((z ^ (z >>> 15)) >>> 0) % below
  }
}
