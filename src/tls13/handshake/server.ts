import { concatBytes } from '../../bytes/index.ts'
import { Alert } from '../alert.ts'
import type { Certificate } from '../certificates/index.ts'
import { KeySchedule, type TrafficSecrets } from '../key-schedule/key-schedule.ts'
import { encodeCertificateRequest } from '../messages/certificate-request.ts'
import { type ClientHello, decodeClientHello, RANDOM_LENGTH } from '../messages/client-hello.ts'
import { encodeEncryptedExtensions } from '../messages/encrypted-extensions.ts'
import type { KeyShareEntry } from '../messages/extension-values.ts'
import { HandshakeType } from '../messages/handshake-type.ts'
import { encodeHelloRetryRequest, encodeServerHello } from '../messages/server-hello.ts'
import { GROUPS, groupCodePoint, groupsByName } from '../named-groups.ts'
import { Level, TlsAlertError, type TlsSession } from '../session.ts'
import { OFFERED_SCHEMES } from '../signature-schemes.ts'
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
import { checkClientHello, type Negotiated, negotiate, type Preferences } from './negotiation.ts'
import { checkAlpn, suitesOf, type TlsServerOptions } from './options.ts'
import { checkRetriedHello } from './retried-hello.ts'

/** The server of TLS 1.3 as QUIC uses it (RFC 9846, RFC 9001 §4 and §8). */
export class TlsServer extends HandshakeSession {
  private readonly options: TlsServerOptions
  private readonly preferences: Preferences
  private readonly clientCertificate: 'none' | 'request' | 'require'
  /** The first ClientHello, while we wait for the second. */
  private firstHello: ClientHello | undefined
  private negotiated: Negotiated | undefined
  private clientRandom: Uint8Array | undefined
  private serverName: string | undefined
  private handshakeSecrets: TrafficSecrets | undefined
  private clientApplicationSecret: Uint8Array | undefined
  private peerChain: readonly Certificate[] = []

  /** Throws `TypeError` for options that cannot be carried out. */
  constructor(options: TlsServerOptions) {
    super('server: wait for ClientHello', options.keyLog ?? false)
    this.options = options
    this.clientCertificate = options.clientCertificate ?? 'none'
    if (this.clientCertificate !== 'none' && options.verifyPeer === undefined)
      throw new TypeError('verifyPeer is needed to ask for client certificates')
    this.preferences = {
      alpn: checkAlpn(options.alpn),
      suites: suitesOf(options.cipherSuites),
      groups: groupsByName(options.groups ?? GROUPS),
      selectIdentity: (serverName) => options.selectIdentity(serverName),
    }
  }

  start(): void {}

  connected(): TlsSession {
    if (this.info === undefined) throw new Error('the handshake is not complete')
    return new ConnectedSession('server', this.info)
  }

  protected handle(type: number, body: Uint8Array, message: Uint8Array): void {
    switch (type) {
      case HandshakeType.clientHello:
        if (this.firstHello === undefined) this.readClientHello(body, message)
        else this.readSecondClientHello(this.firstHello, body, message)
        break
      case HandshakeType.certificate:
        this.readCertificate(body, message)
        break
      case HandshakeType.certificateVerify:
        this.readCertificateVerify(body, message)
        break
      case HandshakeType.finished:
        this.readFinished(body)
        break
    }
  }

  private readClientHello(body: Uint8Array, message: Uint8Array): void {
    const hello = decodeClientHello(body)
    const fields = checkClientHello(hello)
    this.emit({ type: 'transportParameters', bytes: fields.transportParameters })
    const negotiated = negotiate(hello, fields, this.preferences)
    this.negotiated = negotiated
    this.clientRandom = hello.random
    this.serverName = hello.serverName
    this.schedule = new KeySchedule(this.options.crypto, negotiated.suite.hash)
    this.schedule.transcript.add(message)
    const group = groupCodePoint(negotiated.group)
    const share = fields.keyShares.find((candidate) => candidate.group === group)
    if (share === undefined) this.askForShare(hello, negotiated, group)
    else this.respond(negotiated, share)
  }

  private askForShare(hello: ClientHello, { suite }: Negotiated, group: number): void {
    const { transcript } = this.schedule!
    transcript.foldForRetry()
    const retry = encodeHelloRetryRequest(suite.id, group)
    transcript.add(retry)
    this.emit({ type: 'data', level: Level.initial, bytes: retry })
    this.firstHello = hello
    this.state = 'server: wait for second ClientHello'
  }

  private readSecondClientHello(first: ClientHello, body: Uint8Array, message: Uint8Array): void {
    const hello = decodeClientHello(body)
    const negotiated = this.negotiated!
    checkRetriedHello(first, hello, groupCodePoint(negotiated.group))
    this.firstHello = undefined
    this.schedule!.transcript.add(message)
    this.respond(negotiated, hello.keyShares![0]!)
  }

  /** The whole flight from the ServerHello to Finished, and the keys on its way. */
  private respond(negotiated: Negotiated, peerShare: KeyShareEntry): void {
    const { options } = this
    const { suite, group } = negotiated
    const random = this.clientRandom!
    const schedule = this.schedule!
    const share = options.crypto.generateKeyShare(group, options.randomBytes)
    const sharedSecret = agree(share, peerShare)
    const hello = encodeServerHello(options.randomBytes(RANDOM_LENGTH), suite.id, {
      group: peerShare.group,
      publicKey: share.publicKey,
    })
    schedule.transcript.add(hello)
    this.emit({ type: 'data', level: Level.initial, bytes: hello })

    const handshake = schedule.deriveHandshakeSecrets(sharedSecret)
    this.handshakeSecrets = handshake
    this.emitKeyLog('CLIENT_HANDSHAKE_TRAFFIC_SECRET', random, handshake.client)
    this.emitKeyLog('SERVER_HANDSHAKE_TRAFFIC_SECRET', random, handshake.server)
    this.emitSecret('write', Level.handshake, suite, handshake.server)
    this.emitSecret('read', Level.handshake, suite, handshake.client)

    const flight = this.writeFlight(negotiated, schedule, handshake.server)
    this.emit({ type: 'data', level: Level.handshake, bytes: flight })

    const secrets = schedule.deriveApplicationSecrets()
    this.clientApplicationSecret = secrets.client
    this.emitKeyLog('CLIENT_TRAFFIC_SECRET_0', random, secrets.client)
    this.emitKeyLog('SERVER_TRAFFIC_SECRET_0', random, secrets.server)
    this.emitKeyLog('EXPORTER_SECRET', random, secrets.exporter)
    this.emitSecret('write', Level.application, suite, secrets.server)
    this.state =
      this.clientCertificate === 'none'
        ? 'server: wait for Finished'
        : 'server: wait for Certificate'
  }

  private writeFlight(
    { alpn, identity, scheme }: Negotiated,
    schedule: KeySchedule,
    serverSecret: Uint8Array,
  ): Uint8Array {
    const messages = [
      encodeEncryptedExtensions(
        alpn,
        this.options.transportParameters,
        this.serverName !== undefined,
      ),
    ]
    if (this.clientCertificate !== 'none') messages.push(encodeCertificateRequest(OFFERED_SCHEMES))
    for (const message of messages) schedule.transcript.add(message)
    messages.push(...proveIdentity(schedule, 'server', identity, scheme))
    messages.push(writeFinished(schedule, serverSecret))
    return concatBytes(messages)
  }

  private readCertificate(body: Uint8Array, message: Uint8Array): void {
    const chain = readChain(body)
    this.schedule!.transcript.add(message)
    if (chain.length === 0) {
      if (this.clientCertificate === 'require')
        throw new TlsAlertError(Alert.certificateRequired, 'the client sent no certificate')
      this.state = 'server: wait for Finished'
      return
    }
    this.options.verifyPeer!(chain)
    this.peerChain = chain
    this.state = 'server: wait for CertificateVerify'
  }

  private readCertificateVerify(body: Uint8Array, message: Uint8Array): void {
    const schedule = this.schedule!
    checkCertificateVerify(this.options.crypto, schedule, 'client', this.peerChain[0]!, body)
    schedule.transcript.add(message)
    this.state = 'server: wait for Finished'
  }

  private readFinished(body: Uint8Array): void {
    checkFinished(this.schedule!, this.handshakeSecrets!.client, body)
    const { suite, group, alpn } = this.negotiated!
    this.emitSecret('read', Level.application, suite, this.clientApplicationSecret!)
    this.handshakeSecrets = undefined
    this.clientApplicationSecret = undefined
    this.negotiated = undefined
    this.state = 'server: connected'
    this.complete({
      alpn,
      suite,
      group,
      serverName: this.serverName,
      peerCertificates: this.peerChain.map((certificate) => certificate.der),
    })
  }
}
