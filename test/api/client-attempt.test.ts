import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ClientAttempt } from '../../src/api/client-attempt.ts'
import { defaultH3Options } from '../../src/h3/index.ts'
import { nodeCrypto } from '../../src/tls13/index.ts'
import { startServer } from '../support/http3.ts'

const test = suite('api/client-attempt')

test('without a protocol in common the handshake is refused', async () => {
  const { server } = await startServer(() => {})
  const refusals: unknown[] = []
  server.on('sessionError', (error) => refusals.push((error as { code?: string }).code))
  const failure = await new Promise<Error & { code?: string; errorCode?: bigint }>(
    (resolve, reject) => {
      const config = { alpn: ['hq-interop'], serverName: 'localhost', verifyPeer: () => {} }
      const remote = { address: '127.0.0.1', port: server.address()!.port }
      void ClientAttempt.start(remote, config, nodeCrypto, 'auto', defaultH3Options, {
        attemptSucceeded: () => reject(new Error('it was accepted')),
        attemptFailed: (_attempt, error) => resolve(error),
        onKeyLog: () => {},
      })
    },
  )
  assert.is(failure.code, 'ERR_QUIC_TLS_ALERT')
  assert.is(failure.errorCode, 0x178n)
  assert.match(failure.message, 'no_application_protocol')
  assert.equal(refusals, ['ERR_QUIC_TLS_ALERT'])
  await server.close()
})

test.run()
