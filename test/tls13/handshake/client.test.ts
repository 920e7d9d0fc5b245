import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { concatBytes, fromHex, toHex, Writer } from '../../../src/bytes/index.ts'
import { proveIdentity, writeFinished } from '../../../src/tls13/handshake/authentication.ts'
import { Level, nodeCrypto, TlsAlertError, type TlsClient } from '../../../src/tls13/index.ts'
import { KeySchedule } from '../../../src/tls13/key-schedule/key-schedule.ts'
import { MAX_CERTIFICATES, MAX_HANDSHAKE_BYTES } from '../../../src/tls13/limits.ts'
import { encodeCertificate } from '../../../src/tls13/messages/certificate.ts'
import { encodeCertificateRequest } from '../../../src/tls13/messages/certificate-request.ts'
import { decodeClientHello } from '../../../src/tls13/messages/client-hello.ts'
import { encodeEncryptedExtensions } from '../../../src/tls13/messages/encrypted-extensions.ts'
import { encodeServerHello } from '../../../src/tls13/messages/server-hello.ts'
import {
  assertAlert,
  changeExtensions,
  dataOf,
  handshake,
  identityOf,
  joinMessages,
  type Message,
  message,
  newClient,
  newServer,
  replaceBody,
  seededBytes,
  splitMessages,
} from '../support.ts'
import { type Options, tampered } from './tampering.ts'

const test = suite('TlsClient and what follows the ServerHello')

const encryptedExtensions = (
  change: (extensions: Map<number, Uint8Array>) => void,
  options?: Options,
) =>
  tampered(
    Level.handshake,
    (bytes) => replaceBody(bytes, 8, (body) => changeExtensions(body, 0, change)),
    options,
  )

const inFlight = (type: number, change: (body: Uint8Array) => Uint8Array, options?: Options) =>
  tampered(Level.handshake, (bytes) => replaceBody(bytes, type, change), options)

test('a server that chooses no protocol, or another, is no_application_protocol', () => {
  assertAlert(120, () => encryptedExtensions((extensions) => extensions.delete(16)))
  const other = fromHex('0003026832')
  assertAlert(120, () => encryptedExtensions((extensions) => extensions.set(16, other)))
})

test('a server that chooses two protocols is an illegal_parameter', () => {
  const two = fromHex('0006026833026833')
  assertAlert(47, () => encryptedExtensions((extensions) => extensions.set(16, two)))
})

test('EncryptedExtensions without transport parameters are missing_extension', () => {
  assertAlert(109, () => encryptedExtensions((extensions) => extensions.delete(0x39)))
})

test('extensions in EncryptedExtensions: unknown 110, early_data 110, misplaced 47', () => {
  const withExtension = (type: number) => () =>
    encryptedExtensions((extensions) => extensions.set(type, new Uint8Array(0)))
  assertAlert(110, withExtension(0x1a1a))
  assertAlert(110, withExtension(42))
  for (const type of [13, 41, 43, 44, 45, 50, 51]) assertAlert(47, withExtension(type))
})

test('a server_name is only taken if one was sent, and only empty', () => {
  const client = { serverName: '127.0.0.1' }
  assertAlert(110, () =>
    encryptedExtensions((extensions) => extensions.set(0, new Uint8Array(0)), { client }),
  )
  assertAlert(50, () => encryptedExtensions((extensions) => extensions.set(0, new Uint8Array(1))))
})

test("a server's supported_groups are read and passed over", () => {
  assertAlert(50, () => encryptedExtensions((extensions) => extensions.set(10, new Uint8Array(1))))
  // A right one changes the transcript here, which only Finished notices.
  assertAlert(51, () =>
    encryptedExtensions((extensions) => extensions.set(10, fromHex('0002001d'))),
  )
})

test('a server without a certificate is a decode_error', () => {
  assertAlert(50, () => inFlight(11, () => encodeCertificate([]).subarray(4)))
})

test('a request context in a Certificate or a CertificateRequest is an illegal_parameter', () => {
  const withContext = (body: Uint8Array) => concatBytes([Uint8Array.of(1, 7), body.subarray(1)])
  assertAlert(47, () => inFlight(11, withContext))
  const server = { clientCertificate: 'request', verifyPeer: () => {} } as const
  assertAlert(47, () => inFlight(13, withContext, { server }))
})

test('a certificate that is none is bad_certificate', () => {
  assertAlert(42, () => inFlight(11, () => encodeCertificate([fromHex('3000')]).subarray(4)))
})

test('more certificates than the cap are bad_certificate', () => {
  const [der] = identityOf('ec-p256').chain
  const chainOf = (count: number) => () =>
    inFlight(11, () => encodeCertificate(new Array(count).fill(der)).subarray(4))
  assertAlert(42, chainOf(MAX_CERTIFICATES + 1))
  // As many as the cap are parsed; the changed transcript fails at CertificateVerify.
  assertAlert(51, chainOf(MAX_CERTIFICATES))
})

test('the alert of the verifier is that of the session', () => {
  const verifyPeer = () => {
    throw new TlsAlertError(48, 'unknown')
  }
  assertAlert(48, () => handshake(newClient({ verifyPeer }), newServer()))
})

test('a verifier that breaks is an internal_error, with its cause', () => {
  const broken = new RangeError('broken')
  const verifyPeer = () => {
    throw broken
  }
  try {
    handshake(newClient({ verifyPeer }), newServer())
    assert.unreachable()
  } catch (error) {
    assert.instance(error, TlsAlertError)
    assert.is((error as TlsAlertError).alert, 80)
    assert.is((error as TlsAlertError).cause, broken)
  }
})

test('a CertificateVerify by another key is a decrypt_error', () => {
  const selectIdentity = () => ({
    chain: identityOf('ec-p256').chain,
    key: identityOf('ec-p384').key,
  })
  assertAlert(51, () => handshake(newClient(), newServer({ selectIdentity })))
})

test('a CertificateVerify with a changed signature is a decrypt_error', () => {
  assertAlert(51, () =>
    inFlight(15, (body) => {
      const copy = body.slice()
      copy[copy.length - 1]! ^= 1
      return copy
    }),
  )
})

test('a CertificateVerify by a scheme that was not offered, or by PKCS#1, is illegal', () => {
  for (const scheme of ['0401', '0203', '0809', 'fefe'])
    assertAlert(47, () => inFlight(15, (body) => concatBytes([fromHex(scheme), body.subarray(2)])))
})

test('a Finished that is wrong is a decrypt_error, one of another length a decode_error', () => {
  assertAlert(51, () =>
    inFlight(20, (body) => {
      const copy = body.slice()
      copy[31]! ^= 0x80
      return copy
    }),
  )
  assertAlert(50, () => inFlight(20, (body) => body.subarray(1)))
})

test('a flight without CertificateVerify, or in another order, is an unexpected_message', () => {
  const reorder = (order: readonly number[]) => () =>
    tampered(Level.handshake, (bytes) => {
      const messages = splitMessages(bytes)
      return joinMessages(order.map((type) => messages.find((each) => each.type === type)!))
    })
  assertAlert(10, reorder([8, 11, 20]))
  assertAlert(10, reorder([8, 20]))
  assertAlert(10, reorder([11, 8, 15, 20]))
  assertAlert(10, reorder([8, 15, 11, 20]))
  assertAlert(10, reorder([8, 8, 11, 15, 20]))
})

test('more handshake bytes than the cap are a decode_error', () => {
  const client = newClient()
  client.start()
  const server = newServer()
  server.receive(Level.initial, dataOf(client, Level.initial))
  const events: { level: Level; bytes: Uint8Array }[] = []
  for (let event = server.poll(); event !== undefined; event = server.poll())
    if (event.type === 'data') events.push(event)
  const [hello, flight] = events
  client.receive(Level.initial, hello!.bytes)
  const [extensions] = splitMessages(flight!.bytes)
  const first = message(extensions!.type, extensions!.body)
  client.receive(Level.handshake, first)
  // One message of the largest length that its header may announce.
  const length = MAX_HANDSHAKE_BYTES - 4
  client.receive(
    Level.handshake,
    Uint8Array.of(11, length >>> 16, (length >>> 8) & 255, length & 255),
  )
  const room = MAX_HANDSHAKE_BYTES - hello!.bytes.length - first.length - 4
  for (let left = room; left > 0; left -= 1000)
    client.receive(Level.handshake, new Uint8Array(Math.min(1000, left)))
  assertAlert(50, () => client.receive(Level.handshake, Uint8Array.of(0)))
})

test('a connected client takes tickets in pieces and passes them over', () => {
  const client = newClient()
  handshake(client, newServer())
  const body = Writer.growable()
  body.put(fromHex('00001c20 01020304 01aa 0100'))
  body.zeros(256)
  body.put(fromHex('0008 002a0004ffffffff'))
  const ticket = message(4, body.written())
  for (let i = 0; i < 3; i++)
    for (const byte of ticket) client.receive(Level.application, Uint8Array.of(byte))
  assert.is(client.poll(), undefined)
})

test('a connected client refuses a broken ticket and a KeyUpdate', () => {
  const connected = () => {
    const client = newClient()
    handshake(client, newServer())
    return client
  }
  assertAlert(50, () => connected().receive(Level.application, message(4, new Uint8Array(5))))
  assertAlert(10, () => connected().receive(Level.application, message(24, Uint8Array.of(0))))
})

/**
 * The client's answer to a server that is put together here, and so can ask for whatever it wants:
 * all of it verifies but what `request` says.
 */
function answerTo(client: TlsClient, request: Uint8Array): Message[] {
  client.start()
  const hello = dataOf(client, Level.initial)
  const [first] = splitMessages(hello)
  const { keyShares, random } = decodeClientHello(first!.body)
  const schedule = new KeySchedule(nodeCrypto, 'sha256')
  const { transcript } = schedule
  const share = nodeCrypto.generateKeyShare('x25519', seededBytes(9))
  const serverHello = encodeServerHello(random, 0x1301, { group: 0x1d, publicKey: share.publicKey })
  transcript.add(hello)
  transcript.add(serverHello)
  const secrets = schedule.deriveHandshakeSecrets(share.sharedSecret(keyShares![0]!.publicKey))
  const flight = [encodeEncryptedExtensions('h3', new Uint8Array(0), false), request]
  for (const each of flight) transcript.add(each)
  const identity = identityOf('ed25519')
  flight.push(...proveIdentity(schedule, 'server', identity, 'ed25519'))
  flight.push(writeFinished(schedule, secrets.server))
  client.receive(Level.initial, serverHello)
  client.receive(Level.handshake, concatBytes(flight))
  return splitMessages(dataOf(client, Level.handshake))
}

test('a client answers a request that its key fits, and no other, with its certificate', () => {
  const types = (schemes: readonly number[]) =>
    answerTo(newClient({ identity: identityOf('ec-p256') }), encodeCertificateRequest(schemes)).map(
      ({ type }) => type,
    )
  assert.equal(types([0x0804, 0x0403]), [11, 15, 20])
  assert.equal(types([0x0804, 0x0503]), [11, 20])
})

test('a client without a certificate that fits sends an empty Certificate', () => {
  const [certificate] = answerTo(newClient(), encodeCertificateRequest([0x0403]))
  assert.is(toHex(certificate!.body), '00000000')
})

test('an RSA client signs with the best scheme of the request', () => {
  const scheme = (schemes: readonly number[]) => {
    const client = newClient({ identity: identityOf('rsa') })
    const [, verify] = answerTo(client, encodeCertificateRequest(schemes))
    return toHex(verify!.body.subarray(0, 2))
  }
  assert.is(scheme([0x0806, 0x0804, 0x0805]), '0804')
  assert.is(scheme([0x0806, 0x0401]), '0806')
})

test.run()
