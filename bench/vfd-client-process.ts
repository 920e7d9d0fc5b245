/** The clients' process of the bench of virtual fds: many connections from one socket. */
import { ClientSwarm, type SwarmClient } from '../test/support/client-swarm.ts'
import type { ClientOrder, ClientReport } from './vfd-server-protocol.ts'

let swarm: ClientSwarm | undefined
const open: SwarmClient[] = []

let times: number[] = []
let failures = 0

const timed = async (action: () => Promise<unknown>): Promise<void> => {
  const before = performance.now()
  try {
    await action()
    times.push(performance.now() - before)
  } catch {
    failures++
  }
}

const handshakes = async (count: number): Promise<void> => {
  for (let i = 0; i < count; i++) {
    await timed(async () => {
      const client = swarm!.connect()
      await client.opened()
      client.close()
    })
  }
}

const requests = async (inFlight: number, count: number, path: string): Promise<void> => {
  let begun = 0
  const lane = async (index: number): Promise<void> => {
    while (begun < count) {
      begun++
      await timed(() => open[index % open.length]!.get(path))
    }
  }
  await Promise.all(Array.from({ length: inFlight }, (_, index) => lane(index)))
}

/** Spread over the second, as clients that know nothing of each other are. */
const rate = async (seconds: number): Promise<void> => {
  const pending: Promise<void>[] = []
  const begin = performance.now()
  const total = open.length * seconds
  for (let sent = 0; sent < total; ) {
    const due = Math.min(total, ((performance.now() - begin) / 1000) * open.length)
    for (; sent < due; sent++) {
      const client = open[sent % open.length]!
      pending.push(timed(() => client.get('/')))
    }
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  await Promise.all(pending)
}

const carryOut = async (order: ClientOrder): Promise<void> => {
  if (order.type === 'connect')
    swarm = await ClientSwarm.bind(order.port, { maxIdleTimeout: 600_000 })
  else if (order.type === 'handshakes') await handshakes(order.count)
  else if (order.type === 'open') open.push(...(await swarm!.open(order.count, 16)))
  else if (order.type === 'close') {
    for (const client of open.splice(0)) client.close()
  } else if (order.type === 'requests') await requests(order.inFlight, order.count, order.path)
  else await rate(order.seconds)
}

process.on('message', async (order: ClientOrder) => {
  times = []
  failures = 0
  await carryOut(order)
  process.send!({ times, failures } satisfies ClientReport)
})
