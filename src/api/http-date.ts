let text = ''
let validUntil = 0

/** The time as in a `date` header (RFC 9110 §5.6.7); formatted once a second. */
export function httpDate(): string {
  const now = Date.now()
  if (now >= validUntil || now < validUntil - 1000) {
    text = new Date(now).toUTCString()
    validUntil = now - (now % 1000) + 1000
  }
  return text
}
