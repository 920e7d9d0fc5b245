/** A79: one connection that takes all it can get leaves the others their turn. */
import { once } from 'node:events'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { connect } from '../../src/index.ts'
import { ask } from '../support/http3.ts'
import { startLoadServer } from '../support/load-server.ts'

const test = suite('attacks/fairness')

test('requests are answered while another connection downloads without end', async () => {
  const server = await startLoadServer()
  const greedy = connect(server.origin, { ca: server.ca })
  const modest = connect(server.origin, { ca: server.ca })
  try {
    await ask(modest)
    let received = 0
    const downloads = Array.from({ length: 4 }, () => {
      const download = greedy.request({ ':path': '/bytes/1000' })
      download.on('error', () => {})
      download.on('data', (chunk: Buffer) => {
        received += chunk.length
      })
      return once(download, 'response')
    })
    await Promise.all(downloads)
    const waits: number[] = []
    for (let i = 0; i < 40; i++) {
      const started = performance.now()
      await ask(modest, { ':path': `/${i}` })
      waits.push(performance.now() - started)
    }
    waits.sort((a, b) => a - b)
    // Both clients and the test share one processor with whatever else runs: it is about seconds.
    assert.ok(waits[20]! < 500, `half of the requests took ${waits[20]} ms and more`)
    assert.ok(waits[39]! < 3000, `one request took ${waits[39]} ms`)
    assert.ok(received > 1_000_000, 'the greedy one was not greedy')
  } finally {
    greedy.destroy()
    modest.destroy()
    await server.stop()
  }
})

test.run()
