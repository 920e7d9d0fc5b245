/**
 * Echoes megabytes over a loopback that carries packets of so many bytes, and later of so many, in a network
 * namespace of its own. Prints what the client takes for the path's largest datagram after each.
 */
import { execFileSync } from 'node:child_process'
import { answerOf, withServer } from '../support/http3.ts'

const mtus = process.argv.slice(2)
const body = Buffer.from(Uint8Array.from({ length: 2_000_000 }, (_, i) => (i * 7) >> 3))
const setMtu = (mtu: string) => execFileSync('ip', ['link', 'set', 'lo', 'up', 'mtu', mtu])

setMtu(mtus[0]!)
await withServer(
  (request, response) => request.pipe(response),
  async (session) => {
    for (const mtu of mtus) {
      setMtu(mtu)
      const request = session.request({ ':method': 'POST' })
      request.end(body)
      const answer = await answerOf(request)
      if (!answer.body.equals(body)) throw new Error('another body came back')
      console.log(session.stats.maxDatagramSize)
    }
  },
  { server: { udp: 'ffi' }, client: { udp: 'ffi' } },
)
