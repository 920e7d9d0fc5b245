import { Alert, illegalParameter, missingExtension } from '../alert.ts'
import type { Identity } from '../certificates/index.ts'
import type { GroupName, SignatureSchemeName } from '../crypto/provider.ts'
import { type ClientHello, TLS13 } from '../messages/client-hello.ts'
import type { KeyShareEntry } from '../messages/extension-values.ts'
import { groupCodePoint } from '../named-groups.ts'
import { type CipherSuite, TlsAlertError } from '../session.ts'
import { chooseScheme } from '../signature-schemes.ts'

/** What a server makes of a ClientHello. */
export interface Negotiated {
  readonly suite: CipherSuite
  readonly group: GroupName
  readonly alpn: string
  readonly identity: Identity
  readonly scheme: SignatureSchemeName
}

export interface Preferences {
  readonly suites: readonly CipherSuite[]
  readonly groups: readonly GroupName[]
  readonly alpn: readonly string[]
  selectIdentity(serverName: string | undefined): Identity | undefined
}

/** The fields that a ClientHello for QUIC must have. */
interface RequiredFields {
  readonly groups: readonly number[]
  readonly signatureAlgorithms: readonly number[]
  readonly keyShares: readonly KeyShareEntry[]
  readonly transportParameters: Uint8Array
}

/** Checks what does not depend on our preferences (RFC 9846 §4.2.2, §9.2; RFC 9001 §8). */
export function checkClientHello(hello: ClientHello): RequiredFields {
  if (!hello.supportedVersions?.includes(TLS13))
    throw new TlsAlertError(Alert.protocolVersion, 'the client does not offer TLS 1.3')
  if (hello.compressionMethods.length !== 1 || hello.compressionMethods[0] !== 0)
    throw illegalParameter('the client offers compression')
  // RFC 9001 §8.4. It would have this closed with PROTOCOL_VIOLATION, which TLS has no alert for.
  if (hello.legacySessionId.length > 0) throw illegalParameter('the client sent a session id')
  const { groups, signatureAlgorithms, keyShares, transportParameters } = hello
  if (transportParameters === undefined) throw missingExtension('quic_transport_parameters')
  if (signatureAlgorithms === undefined) throw missingExtension('signature_algorithms')
  if (groups === undefined) throw missingExtension('supported_groups')
  if (keyShares === undefined) throw missingExtension('key_share')
  // RFC 9846 §4.3.8: one share a group, and only of groups that are offered.
  const seen = new Set<number>()
  for (const { group } of keyShares) {
    if (seen.has(group) || !groups.includes(group))
      throw illegalParameter('the key shares do not fit the groups offered')
    seen.add(group)
  }
  return { groups, signatureAlgorithms, keyShares, transportParameters }
}

/** Chooses in our order of preference. Throws the alert for what has no overlap. */
export function negotiate(
  hello: ClientHello,
  fields: RequiredFields,
  preferences: Preferences,
): Negotiated {
  const alpn = preferences.alpn.find((protocol) => hello.alpn?.includes(protocol))
  if (alpn === undefined)
    throw new TlsAlertError(Alert.noApplicationProtocol, 'no protocol in common')
  const suite = preferences.suites.find(({ id }) => hello.cipherSuites.includes(id))
  if (suite === undefined) throw handshakeFailure('no cipher suite in common')
  const group = chooseGroup(fields, preferences.groups)
  if (group === undefined) throw handshakeFailure('no group in common')
  const identity = preferences.selectIdentity(hello.serverName)
  if (identity === undefined)
    throw new TlsAlertError(
      Alert.unrecognizedName,
      `no certificate for ${hello.serverName ?? 'a client without SNI'}`,
    )
  const scheme = chooseScheme(identity.key.kind, fields.signatureAlgorithms)
  if (scheme === undefined)
    throw handshakeFailure(`the client does not take signatures of kind ${identity.key.kind}`)
  return { suite, group, alpn, identity, scheme }
}

/** The best group with a share; if there is none the best in common, for which a retry is needed. */
function chooseGroup(fields: RequiredFields, groups: readonly GroupName[]): GroupName | undefined {
  const shared = groups.find((group) =>
    fields.keyShares.some((share) => share.group === groupCodePoint(group)),
  )
  return shared ?? groups.find((group) => fields.groups.includes(groupCodePoint(group)))
}

function handshakeFailure(message: string): TlsAlertError {
  return new TlsAlertError(Alert.handshakeFailure, message)
}
