/** 2^(8n) for n bytes. A power of a variable is a call, and this is asked of every packet. */
const WINDOWS = [1, 2 ** 8, 2 ** 16, 2 ** 24, 2 ** 32] as const

/**
 * The full packet number that a truncated one stands for (RFC 9000 §A.3).
 *
 * Numbers stay below 2^53: a peer that went on beyond would find its packets dropped, because the
 * nonce no longer matches.
 *
 * @param largestReceived the largest processed in that packet number space; -1 for none
 */
export function decodePacketNumber(
  largestReceived: number,
  truncated: number,
  lengthBytes: number,
): number {
  const window = WINDOWS[lengthBytes]!
  const halfWindow = window / 2
  const expected = largestReceived + 1
  const candidate = expected - (expected % window) + truncated
  if (candidate <= expected - halfWindow && candidate < 2 ** 53 - window) return candidate + window
  if (candidate > expected + halfWindow && candidate >= window) return candidate - window
  return candidate
}

/**
 * How many bytes of a packet number to send (RFC 9000 §17.1): enough for more than twice the packets
 * that are not acknowledged yet.
 *
 * @param largestAcked in that packet number space; -1 for none
 */
export function packetNumberLengthFor(packetNumber: number, largestAcked: number): 1 | 2 | 3 | 4 {
  const unacknowledged = packetNumber - largestAcked
  if (unacknowledged <= 0x80) return 1
  if (unacknowledged <= 0x8000) return 2
  if (unacknowledged <= 0x800000) return 3
  return 4
}
