import { once } from 'node:events'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { connect, type UdpKind } from '../../src/index.ts'
import { answerOf, startServer, withServer } from '../support/http3.ts'

const test = suite('api/udp-kinds')

const hasFfi = Number(process.versions.node.split('.')[0]) >= 26 && process.platform === 'linux'
const kinds: readonly UdpKind[] = hasFfi ? ['auto', 'dgram', 'ffi'] : ['auto', 'dgram']
if (!hasFfi) console.log('skipped: node:ffi comes with Node 26, and the calls are those of Linux')

for (const server of kinds)
  for (const client of kinds)
    test(`bodies cross both ways: server ${server}, client ${client}`, async () => {
      const body = Buffer.from(Uint8Array.from({ length: 500_000 }, (_, i) => (i * 7) >> 3))
      await withServer(
        (request, response) => request.pipe(response),
        async (session) => {
          const requests = Array.from({ length: 4 }, () => {
            const request = session.request({ ':method': 'POST' })
            request.end(body)
            return answerOf(request)
          })
          for (const answer of await Promise.all(requests)) assert.ok(answer.body.equals(body))
        },
        { server: { udp: server }, client: { udp: client } },
      )
    })

if (!hasFfi)
  test('who insists on ffi where there is none is told so', async () => {
    const code = 'ERR_QUIC_UDP_UNAVAILABLE'
    const failure = await startServer(() => {}, { udp: 'ffi' }).catch((error) => error)
    assert.is(failure.code, code)
    const session = connect('https://127.0.0.1:1', { udp: 'ffi' })
    const [error] = await once(session, 'error')
    assert.is(error.code, code)
    assert.match(error.message, 'UDP by node:ffi does not work here: ')
  })

test.run()
