import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { concatBytes, fromHex, toHex } from '../../../src/bytes/index.ts'
import { KeySchedule } from '../../../src/tls13/key-schedule/key-schedule.ts'
import { PROVIDERS } from '../providers.ts'
import { openRecord, type Trace, traces } from './rfc8448.ts'

const FINISHED_HEADER = '14000020'

for (const crypto of PROVIDERS) {
  const test = suite(`KeySchedule over RFC 8448 with ${crypto.name}`)

  /** The schedule and the secrets of a trace, from the client's private key and the messages alone. */
  const follow = (trace: Trace) => {
    const psk = trace.psk === undefined ? undefined : fromHex(trace.psk)
    const schedule = new KeySchedule(crypto, 'sha256', psk)
    const { transcript } = schedule
    if (trace.firstClientHello !== undefined) {
      transcript.add(fromHex(trace.firstClientHello))
      transcript.foldForRetry()
      transcript.add(fromHex(trace.helloRetryRequest!))
    }
    transcript.add(fromHex(trace.clientHello))
    transcript.add(fromHex(trace.serverHello))
    const client = crypto.generateKeyShare(trace.group, () => fromHex(trace.clientPrivateKey))
    const server = crypto.generateKeyShare(trace.group, () => fromHex(trace.serverPrivateKey))
    assert.ok(trace.clientHello.includes(toHex(client.publicKey)))
    assert.ok(trace.serverHello.includes(toHex(server.publicKey)))
    const handshake = schedule.deriveHandshakeSecrets(client.sharedSecret(server.publicKey))
    for (const message of trace.serverFlight.slice(0, -1)) transcript.add(fromHex(message))
    const verifyData = schedule.finishedVerifyData(handshake.server)
    const finished = trace.serverFlight.at(-1)!
    transcript.add(fromHex(finished))
    const application = schedule.deriveApplicationSecrets()
    return { schedule, handshake, application, verifyData, finished }
  }

  for (const [name, trace] of Object.entries(traces)) {
    if (name === 'about') continue
    test(`the server's flight of the trace "${name}" opens and its Finished verifies`, () => {
      const { handshake, verifyData, finished } = follow(trace)
      if (trace.serverFlightRecord !== undefined) {
        const flight = openRecord(trace.serverFlightRecord, handshake.server, 0)
        assert.is(toHex(flight), trace.serverFlight.join(''))
      }
      assert.is(FINISHED_HEADER + toHex(verifyData), finished)
    })
  }

  test('the simple handshake has the secrets that the RFC prints', () => {
    const { handshake, application } = follow(traces.simple)
    const { secrets } = traces.simple
    assert.is(toHex(handshake.client), secrets.clientHandshake)
    assert.is(toHex(handshake.server), secrets.serverHandshake)
    assert.is(toHex(application.client), secrets.clientApplication)
    assert.is(toHex(application.server), secrets.serverApplication)
    assert.is(toHex(application.exporter), secrets.exporter)
  })

  test('the client of the simple handshake answers with the Finished of the trace', () => {
    const { schedule, handshake, application } = follow(traces.simple)
    const opened = openRecord(traces.simple.clientFlightRecords[0]!, handshake.client, 0)
    const verifyData = schedule.finishedVerifyData(handshake.client)
    assert.is(toHex(opened), FINISHED_HEADER + toHex(verifyData))
    const data = openRecord(traces.simple.clientDataRecord, application.client, 0)
    assert.is(toHex(data), traces.simple.data)
  })

  test('a pre-shared key goes into the early secret', () => {
    const { application } = follow(traces.resumed)
    const data = openRecord(traces.resumed.serverDataRecord, application.server, 0)
    assert.is(toHex(data), traces.resumed.data)
  })

  test('after a HelloRetryRequest the first ClientHello counts by its hash', () => {
    const { schedule, handshake, application } = follow(traces.retry)
    const opened = openRecord(traces.retry.clientFlightRecords[0]!, handshake.client, 0)
    const verifyData = schedule.finishedVerifyData(handshake.client)
    assert.is(toHex(opened), FINISHED_HEADER + toHex(verifyData))
    const alert = openRecord(traces.retry.clientCloseRecord, application.client, 0)
    assert.is(toHex(alert), '0100')
  })

  test("a client's Certificate and CertificateVerify count for its Finished", () => {
    const { schedule, handshake } = follow(traces.clientAuthentication)
    const flight = concatBytes(
      traces.clientAuthentication.clientFlightRecords.map((record, sequence) =>
        openRecord(record, handshake.client, sequence),
      ),
    )
    const finishedAt = flight.length - 36
    schedule.transcript.add(flight.subarray(0, finishedAt))
    const verifyData = schedule.finishedVerifyData(handshake.client)
    assert.is(toHex(flight.subarray(finishedAt)), FINISHED_HEADER + toHex(verifyData))
  })

  test.run()
}
