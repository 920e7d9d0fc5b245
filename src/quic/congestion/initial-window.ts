/** RFC 9002 §7.2: bytes that a connection may send before it knows the path, and in one burst (§7.7). */
export function initialWindow(maxDatagramSize: number): number {
  return Math.min(10 * maxDatagramSize, Math.max(14_720, 2 * maxDatagramSize))
}
