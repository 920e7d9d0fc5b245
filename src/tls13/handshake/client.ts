import { concatBytes } from '../../bytes/index.ts'
import {
  Alert,
  decodeError,
  illegalParameter,
  missingExtension,
  unexpectedMessage,
} from '../alert.ts'
import type { Certificate } from '../certificates/index.ts'
import type { GroupName, KeyShare } from '../crypto/provider.ts'
import { KeySchedule, type TrafficSecrets } from '../key-schedule/key-schedule.ts'
import { encodeCertificate } from '../messages/certificate.ts'
import { decodeCertificateRequest } from '../messages/certificate-request.ts'
import {
  encodeClientHello,
  LEGACY_VERSION,
  RANDOM_LENGTH,
  TLS13,
} from '../messages/client-hello.ts'
import {
  decodeEncryptedExtensions,
  ENCRYPTED_EXTENSIONS,
} from '../messages/encrypted-extensions.ts'
import { checkAnswer, ExtensionType } from '../messages/extension-block.ts'
import {
  checkCookie,
  decodeAlpn,
  decodeKeyShare,
  decodeU16,
  decodeU16List,
} from '../messages/extension-values.ts'
import { HandshakeType } from '../messages/handshake-type.ts'
import { checkNewSessionTicket } from '../messages/new-session-ticket.ts'
import { decodeServerHello, isDowngraded, type ServerHello } from '../messages/server-hello.ts'
import { GROUPS, groupCodePoint, groupsByName } from '../named-groups.ts'
import { type CipherSuite, Level, TlsAlertError, type TlsSession } from '../session.ts'
import { chooseScheme, OFFERED_SCHEMES } from '../signature-schemes.ts'
import { agree } from './agree.ts'
import {
  checkCertificateVerify,
  checkFinished,
  proveIdentity,
  readChain,
  writeFinished,
} from './authentication.ts'
import { ConnectedSession } from './connected-session.ts'
import { HandshakeSession } from './handshake-session.ts'
import { checkAlpn, serverNameIndication, suitesOf, type TlsClientOptions } from './options.ts'

/** The client of TLS 1.3 as QUIC uses it (RFC 9846, RFC 9001 §4 and §8). */
export class TlsClient extends HandshakeSession {
  private readonly options: TlsClientOptions
  private readonly alpn: readonly string[]
  private readonly suites: readonly CipherSuite[]
  private readonly groups: readonly GroupName[]
  private readonly serverName: string | undefined
  private readonly random: Uint8Array
  private keyShares: readonly KeyShare[]
  /** The last ClientHello, as long as the hash of the transcript is not known. */
  private clientHello: Uint8Array | undefined
  private retried = false
  private suite: CipherSuite | undefined
  private group: GroupName | undefined
  private handshakeSecrets: TrafficSecrets | undefined
  private selectedAlpn: string | undefined
  /** The server's signature_algorithms, if it asked for a certificate. */
  private requestedSchemes: readonly number[] | undefined
  private peerChain: readonly Certificate[] = []

  /** Throws `TypeError` for options that cannot be carried out. */
  constructor(options: TlsClientOptions) {
    super('client: start', options.keyLog ?? false)
    this.options = options
    this.alpn = checkAlpn(options.alpn)
    this.suites = suitesOf(options.cipherSuites)
    this.groups = groupsByName(options.groups ?? GROUPS)
    this.serverName = serverNameIndication(options.serverName)
    const shared = groupsByName(options.keyShareGroups ?? this.groups.slice(0, 1))
    for (const group of shared)
      if (!this.groups.includes(group))
        throw new TypeError(`a key share for ${group}, which is not among the groups`)
    this.random = options.randomBytes(RANDOM_LENGTH)
    this.keyShares = shared.map((group) => this.generateKeyShare(group))
  }

  start(): void {
    if (this.state !== 'client: start') throw new Error('the handshake was started before')
    this.clientHello = this.writeClientHello(undefined)
    this.state = 'client: wait for ServerHello'
  }

  connected(): TlsSession {
    if (this.info === undefined) throw new Error('the handshake is not complete')
    return new ConnectedSession('client', this.info)
  }

  protected handle(type: number, body: Uint8Array, message: Uint8Array): void {
    switch (type) {
      case HandshakeType.serverHello:
        this.readServerHello(body, message)
        break
      case HandshakeType.encryptedExtensions:
        this.readEncryptedExtensions(body, message)
        break
      case HandshakeType.certificateRequest:
        this.readCertificateRequest(body, message)
        break
      case HandshakeType.certificate:
        this.readCertificate(body, message)
        break
      case HandshakeType.certificateVerify:
        this.readCertificateVerify(body, message)
        break
      case HandshakeType.finished:
        this.readFinished(body, message)
        break
      case HandshakeType.newSessionTicket:
        checkNewSessionTicket(body)
        break
    }
  }

  private generateKeyShare(group: GroupName): KeyShare {
    return this.options.crypto.generateKeyShare(group, this.options.randomBytes)
  }

  private writeClientHello(cookie: Uint8Array | undefined): Uint8Array {
    const message = encodeClientHello({
      random: this.random,
      cipherSuites: this.suites.map((suite) => suite.id),
      serverName: this.serverName,
      groups: this.groups.map(groupCodePoint),
      signatureAlgorithms: OFFERED_SCHEMES,
      alpn: this.alpn,
      keyShares: this.keyShares.map((share) => ({
        group: groupCodePoint(share.group),
        publicKey: share.publicKey,
      })),
      cookie,
      transportParameters: this.options.transportParameters,
    })
    this.emit({ type: 'data', level: Level.initial, bytes: message })
    return message
  }

  /** Whether our ClientHello has this extension, so that the server may answer it. */
  private offers(type: number): boolean {
    switch (type) {
      case ExtensionType.serverName:
        return this.serverName !== undefined
      case ExtensionType.supportedGroups:
      case ExtensionType.alpn:
      case ExtensionType.supportedVersions:
      case ExtensionType.keyShare:
      case ExtensionType.quicTransportParameters:
        return true
      default:
        return false
    }
  }

  private readServerHello(body: Uint8Array, message: Uint8Array): void {
    const hello = decodeServerHello(body)
    const suite = this.checkServerHello(hello)
    if (hello.isRetry) this.readRetry(hello, suite, message)
    else this.readFinalHello(hello, suite, message)
  }

  private readFinalHello(hello: ServerHello, suite: CipherSuite, message: Uint8Array): void {
    checkAnswer(
      'ServerHello',
      hello.extensions,
      [ExtensionType.supportedVersions, ExtensionType.keyShare, ExtensionType.preSharedKey],
      (type) => this.offers(type),
    )
    const schedule = this.schedule ?? this.beginSchedule(suite)
    schedule.transcript.add(message)
    this.schedule = schedule
    this.suite = suite
    const secrets = schedule.deriveHandshakeSecrets(this.sharedSecret(hello))
    this.handshakeSecrets = secrets
    this.emitKeyLog('CLIENT_HANDSHAKE_TRAFFIC_SECRET', this.random, secrets.client)
    this.emitKeyLog('SERVER_HANDSHAKE_TRAFFIC_SECRET', this.random, secrets.server)
    this.emitSecret('read', Level.handshake, suite, secrets.server)
    this.emitSecret('write', Level.handshake, suite, secrets.client)
    this.keyShares = []
    this.state = 'client: wait for EncryptedExtensions'
  }

  /** The checks that a ServerHello and a HelloRetryRequest have in common (RFC 9846 §4.2.3, §4.2.4). */
  private checkServerHello(hello: ServerHello): CipherSuite {
    const version = hello.extensions.get(ExtensionType.supportedVersions)
    if (version === undefined) {
      if (isDowngraded(hello.random)) throw illegalParameter('the handshake was downgraded')
      throw new TlsAlertError(Alert.protocolVersion, 'the server does not speak TLS 1.3')
    }
    if (
      decodeU16(version, 'supported_versions') !== TLS13 ||
      hello.legacyVersion !== LEGACY_VERSION
    )
      throw illegalParameter('the server chose a version that was not offered')
    if (hello.legacySessionId.length > 0)
      throw illegalParameter('the server repeats a session id that was not sent')
    if (hello.compressionMethod !== 0) throw illegalParameter('the server chose a compression')
    const suite = this.suites.find((candidate) => candidate.id === hello.cipherSuite)
    if (suite === undefined)
      throw illegalParameter('the server chose a cipher suite that was not offered')
    if (this.suite !== undefined && this.suite !== suite)
      throw illegalParameter('the cipher suite changed after the HelloRetryRequest')
    return suite
  }

  private beginSchedule(suite: CipherSuite): KeySchedule {
    const schedule = new KeySchedule(this.options.crypto, suite.hash)
    schedule.transcript.add(this.clientHello!)
    this.clientHello = undefined
    return schedule
  }

  private readRetry(hello: ServerHello, suite: CipherSuite, message: Uint8Array): void {
    if (this.retried) throw unexpectedMessage('a second HelloRetryRequest')
    const { extensions } = hello
    checkAnswer(
      'HelloRetryRequest',
      extensions,
      [ExtensionType.supportedVersions, ExtensionType.keyShare, ExtensionType.cookie],
      (type) => type === ExtensionType.cookie || this.offers(type),
    )
    const cookie = extensions.get(ExtensionType.cookie)
    if (cookie !== undefined) checkCookie(cookie)
    const share = extensions.get(ExtensionType.keyShare)
    if (share !== undefined) this.changeGroup(decodeU16(share, 'key_share'))
    else if (cookie === undefined) throw illegalParameter('the HelloRetryRequest changes nothing')

    const schedule = this.beginSchedule(suite)
    schedule.transcript.foldForRetry()
    schedule.transcript.add(message)
    schedule.transcript.add(this.writeClientHello(cookie))
    this.schedule = schedule
    this.suite = suite
    this.retried = true
  }

  /** RFC 9846 §4.3.8: the group must be one that we can use, and have sent no share for. */
  private changeGroup(codePoint: number): void {
    const group = this.groups.find((candidate) => groupCodePoint(candidate) === codePoint)
    if (group === undefined)
      throw illegalParameter('the HelloRetryRequest asks for a group that was not offered')
    if (this.keyShares.some((share) => share.group === group))
      throw illegalParameter('the HelloRetryRequest asks for a share that was sent')
    this.keyShares = [this.generateKeyShare(group)]
  }

  private sharedSecret(hello: ServerHello): Uint8Array {
    const value = hello.extensions.get(ExtensionType.keyShare)
    if (value === undefined) throw missingExtension('key_share')
    const entry = decodeKeyShare(value)
    const share = this.keyShares.find((own) => groupCodePoint(own.group) === entry.group)
    if (share === undefined) throw illegalParameter('the server has a share of a group not sent')
    this.group = share.group
    return agree(share, entry)
  }

  private readEncryptedExtensions(body: Uint8Array, message: Uint8Array): void {
    const extensions = decodeEncryptedExtensions(body)
    checkAnswer('EncryptedExtensions', extensions, ENCRYPTED_EXTENSIONS, (type) =>
      this.offers(type),
    )
    const serverName = extensions.get(ExtensionType.serverName)
    if (serverName !== undefined && serverName.length > 0)
      throw decodeError('server_name of a server must be empty')
    const groups = extensions.get(ExtensionType.supportedGroups)
    if (groups !== undefined) decodeU16List(groups, 'supported_groups')
    const alpn = extensions.get(ExtensionType.alpn)
    const [protocol, ...more] = alpn === undefined ? [] : decodeAlpn(alpn)
    if (more.length > 0) throw illegalParameter('the server chose more than one protocol')
    // RFC 9001 §8.1: this alert even where ALPN itself would have another.
    if (protocol === undefined || !this.alpn.includes(protocol))
      throw new TlsAlertError(
        Alert.noApplicationProtocol,
        protocol === undefined
          ? 'the server chose no protocol'
          : 'the server chose another protocol',
      )
    this.selectedAlpn = protocol
    const bytes = extensions.get(ExtensionType.quicTransportParameters)
    if (bytes === undefined) throw missingExtension('quic_transport_parameters')
    this.schedule!.transcript.add(message)
    this.emit({ type: 'transportParameters', bytes })
    this.state = 'client: wait for CertificateRequest or Certificate'
  }

  private readCertificateRequest(body: Uint8Array, message: Uint8Array): void {
    const { context, signatureAlgorithms } = decodeCertificateRequest(body)
    if (context.length > 0) throw illegalParameter('CertificateRequest has a context')
    this.requestedSchemes = signatureAlgorithms
    this.schedule!.transcript.add(message)
    this.state = 'client: wait for Certificate'
  }

  private readCertificate(body: Uint8Array, message: Uint8Array): void {
    const chain = readChain(body)
    // RFC 9846 §4.5.1.3.
    if (chain.length === 0) throw decodeError('the server sent no certificate')
    this.options.verifyPeer(chain)
    this.peerChain = chain
    this.schedule!.transcript.add(message)
    this.state = 'client: wait for CertificateVerify'
  }

  private readCertificateVerify(body: Uint8Array, message: Uint8Array): void {
    const schedule = this.schedule!
    checkCertificateVerify(this.options.crypto, schedule, 'server', this.peerChain[0]!, body)
    schedule.transcript.add(message)
    this.state = 'client: wait for Finished'
  }

  private readFinished(body: Uint8Array, message: Uint8Array): void {
    const schedule = this.schedule!
    const suite = this.suite!
    const handshake = this.handshakeSecrets!
    checkFinished(schedule, handshake.server, body)
    schedule.transcript.add(message)
    const secrets = schedule.deriveApplicationSecrets()
    const flight = [...this.answerRequest(schedule), writeFinished(schedule, handshake.client)]
    this.emit({ type: 'data', level: Level.handshake, bytes: concatBytes(flight) })
    this.emitKeyLog('CLIENT_TRAFFIC_SECRET_0', this.random, secrets.client)
    this.emitKeyLog('SERVER_TRAFFIC_SECRET_0', this.random, secrets.server)
    this.emitKeyLog('EXPORTER_SECRET', this.random, secrets.exporter)
    this.emitSecret('read', Level.application, suite, secrets.server)
    this.emitSecret('write', Level.application, suite, secrets.client)
    this.handshakeSecrets = undefined
    this.state = 'client: connected'
    this.complete({
      alpn: this.selectedAlpn,
      suite,
      group: this.group!,
      serverName: this.serverName,
      peerCertificates: this.peerChain.map((certificate) => certificate.der),
    })
  }

  /** The answer to a CertificateRequest; an empty Certificate if we have none that fits (§4.5.1). */
  private answerRequest(schedule: KeySchedule): readonly Uint8Array[] {
    if (this.requestedSchemes === undefined) return []
    const { identity } = this.options
    const scheme = identity && chooseScheme(identity.key.kind, this.requestedSchemes)
    if (identity !== undefined && scheme !== undefined)
      return proveIdentity(schedule, 'client', identity, scheme)
    const empty = encodeCertificate([])
    schedule.transcript.add(empty)
    return [empty]
  }
}
