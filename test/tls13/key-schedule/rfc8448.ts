import { createDecipheriv } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { concatBytes, fromHex } from '../../../src/bytes/index.ts'
import { hkdfExpandLabel, nodeCrypto } from '../../../src/tls13/index.ts'

/** The traces of RFC 8448. All of them use TLS_AES_128_GCM_SHA256. */
interface Trace {
  readonly group: 'x25519' | 'secp256r1'
  readonly psk?: string
  readonly clientPrivateKey: string
  readonly serverPrivateKey: string
  readonly firstClientHello?: string
  readonly helloRetryRequest?: string
  readonly clientHello: string
  readonly serverHello: string
  /** From EncryptedExtensions to Finished, as messages and as the record that protects them. */
  readonly serverFlight: readonly string[]
  readonly serverFlightRecord?: string
}

interface Traces {
  readonly simple: Trace & {
    readonly clientFlightRecords: readonly string[]
    readonly newSessionTicketRecord: string
    readonly clientDataRecord: string
    readonly data: string
    readonly secrets: Readonly<Record<string, string>>
  }
  readonly resumed: Trace & {
    readonly psk: string
    readonly serverDataRecord: string
    readonly data: string
  }
  readonly retry: Trace & {
    readonly firstClientHello: string
    readonly helloRetryRequest: string
    readonly clientFlightRecords: readonly string[]
    readonly clientCloseRecord: string
  }
  readonly clientAuthentication: Trace & {
    readonly clientFlightRecords: readonly string[]
    readonly clientCloseRecord: string
  }
}

export type { Trace }

export const traces: Traces = JSON.parse(
  readFileSync(new URL('../../../fixtures/tls13/rfc8448.json', import.meta.url), 'utf8'),
)

/**
 * What a record of TLS over TCP protects, by node:crypto alone but for the two labels. Throws when the
 * secret is not that of the record.
 */
export function openRecord(record: string, secret: Uint8Array, sequence: number): Uint8Array {
  const bytes = fromHex(record)
  const empty = new Uint8Array(0)
  const key = hkdfExpandLabel(nodeCrypto, 'sha256', secret, 'key', empty, 16)
  const nonce = hkdfExpandLabel(nodeCrypto, 'sha256', secret, 'iv', empty, 12)
  nonce[11]! ^= sequence
  const decipher = createDecipheriv('aes-128-gcm', key, nonce, { authTagLength: 16 })
  decipher.setAAD(bytes.subarray(0, 5))
  decipher.setAuthTag(bytes.subarray(bytes.length - 16))
  const inner = concatBytes([
    decipher.update(bytes.subarray(5, bytes.length - 16)),
    decipher.final(),
  ])
  // Behind the content stands its type (RFC 9846 §5.2); the traces have no padding.
  return inner.subarray(0, inner.length - 1)
}
