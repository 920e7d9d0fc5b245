/** Which bytes field names, values and pseudo-header values are made of (RFC 9110 §5). */

const TOKEN = 1
const LOWER_TOKEN = 2
const VALUE = 4
const PATH = 8
const AUTHORITY = 16

const CLASSES = new Uint8Array(256)
for (let byte = 0; byte < 256; byte++) {
  const char = String.fromCharCode(byte)
  let classes = 0
  if (/[!#$%&'*+\-.^_`|~0-9A-Za-z]/.test(char)) classes |= TOKEN
  if (/[!#$%&'*+\-.^_`|~0-9a-z]/.test(char)) classes |= LOWER_TOKEN
  if (byte === 0x09 || (byte >= 0x20 && byte !== 0x7f)) classes |= VALUE
  // Peers do send bytes above 0x7f in paths, unescaped; `#` would be a fragment.
  if (byte > 0x20 && byte !== 0x7f && char !== '#') classes |= PATH
  if (/[A-Za-z0-9\-._~!$&'()*+,;=%:[\]]/.test(char)) classes |= AUTHORITY
  CLASSES[byte] = classes
}

/** Whether every unit is a byte of the class; units above 255 are of none. */
function consistsOf(text: string, wanted: number): boolean {
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit > 255 || (CLASSES[unit]! & wanted) === 0) return false
  }
  return true
}

export function isToken(text: string): boolean {
  return text.length > 0 && consistsOf(text, TOKEN)
}

/** A field name as HTTP/3 wants it: a token without upper case (RFC 9114 §4.2). */
export function isFieldName(text: string): boolean {
  return text.length > 0 && consistsOf(text, LOWER_TOKEN)
}

/** A field value: no control characters but tab, no white space at either end (RFC 9110 §5.5). */
export function isFieldValue(text: string): boolean {
  if (text.length === 0) return true
  const first = text.charCodeAt(0)
  const last = text.charCodeAt(text.length - 1)
  if (first === 0x20 || first === 0x09 || last === 0x20 || last === 0x09) return false
  return consistsOf(text, VALUE)
}

export function isScheme(text: string): boolean {
  return /^[A-Za-z][A-Za-z0-9+\-.]*$/.test(text)
}

/** `path-absolute` with its query. */
export function isPath(text: string): boolean {
  return text.charCodeAt(0) === 0x2f && consistsOf(text, PATH)
}

/** Visible characters only: what a path may be made of where its scheme is not HTTP's. */
export function isOpaquePath(text: string): boolean {
  return consistsOf(text, PATH)
}

/** Host and port; userinfo is not allowed (RFC 9114 §4.3.1). */
export function isAuthority(text: string): boolean {
  return text.length > 0 && consistsOf(text, AUTHORITY)
}

/** Host and a port, as a CONNECT request names its target. */
export function isConnectTarget(text: string): boolean {
  return isAuthority(text) && /[^:]:\d{1,5}$/.test(text)
}

/** The number, or -1 where the text is not a Content-Length (RFC 9110 §8.6) or is above 2^53-1. */
export function parseContentLength(text: string): number {
  if (!/^\d{1,16}$/.test(text)) return -1
  const length = Number(text)
  return Number.isSafeInteger(length) ? length : -1
}
