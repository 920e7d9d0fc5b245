import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { bindPort, DgramPort, type UdpKind } from '../../src/reactor/index.ts'

const test = suite('reactor/bind-port')

const nodeMajor = Number(process.versions.node.split('.')[0])
const isLinux = process.platform === 'linux'
const hasFfi = nodeMajor >= 26 && isLinux
const address = '127.0.0.1'

/** The kind of port that a script in a process of its own is given, and all that it says besides. */
async function run(
  script: string,
  flags: readonly string[] = [],
): Promise<[string, string, number]> {
  const index = new URL('../../src/reactor/index.ts', import.meta.url).href
  const source = `import { bindPort } from ${JSON.stringify(index)}\n${script}`
  const parameters = [...flags, '--import', 'tsx', '--input-type=module', '-e', source]
  const child = spawn(process.execPath, parameters, { timeout: 20_000 })
  let [output, errors] = ['', '']
  child.stdout.on('data', (data) => {
    output += data
  })
  child.stderr.on('data', (data) => {
    errors += data
  })
  const [code] = await once(child, 'close')
  return [output.trim(), errors, code]
}

test('dgram can be asked for', async () => {
  const port = await bindPort({ address, udp: 'dgram' })
  assert.instance(port, DgramPort)
  await port.close()
})

test('errors of the system are those of dgram, whoever binds', async () => {
  const taken = await bindPort({ address })
  for (const udp of hasFfi ? (['auto', 'dgram', 'ffi'] as const) : (['auto', 'dgram'] as const)) {
    for (const [options, code] of [
      [{ ...taken.address, udp }, 'EADDRINUSE'],
      [{ address: '192.0.2.1', udp }, 'EADDRNOTAVAIL'],
    ] as const) {
      const error = await bindPort(options).catch((thrown) => thrown)
      assert.is(error.code, code)
      assert.is(error.syscall, 'bind')
      assert.is(error.address, options.address)
      assert.type(error.errno, 'number')
      assert.match(error.message, `bind ${code} ${options.address}`)
    }
  }
  await taken.close()
})

if (hasFfi) {
  test('ffi is what is used where it works, without a word', async () => {
    const [output, errors, code] = await run(`
      const port = await bindPort({ address: '127.0.0.1' })
      console.log(port.constructor.name)
      await port.close()`)
    assert.equal([output, errors, code], ['FfiPort', '', 0])
  })

  test('a port that is closed, or unreferenced, lets the process end', async () => {
    for (const [udp, end] of [
      ['ffi', 'await port.close()'],
      ['ffi', 'port.start({ receive() {} }); port.unref()'],
      ['dgram', 'port.start({ receive() {} }); port.unref()'],
    ] satisfies [UdpKind, string][]) {
      const [output, errors, code] = await run(`
        const port = await bindPort({ address: '127.0.0.1', udp: '${udp}' })
        ${end}
        console.log('end')`)
      assert.equal([output, errors, code], ['end', '', 0])
    }
  })

  test('where node:ffi is switched off it is dgram, and who insists is told why', async () => {
    const [output, errors, code] = await run(
      `
        const port = await bindPort({ address: '127.0.0.1' })
        console.log(port.constructor.name)
        await port.close()
        await bindPort({ udp: 'ffi' }).catch(({ code, message }) => console.log(code, message))`,
      ['--no-experimental-ffi'],
    )
    assert.match(
      output,
      /^DgramPort\nERR_QUIC_UDP_UNAVAILABLE UDP by node:ffi does not work here: /,
    )
    assert.equal([errors, code], ['', 0])
  })

  test('in a worker of node:cluster sockets can be shared: it is dgram', async () => {
    const [output, errors, code] = await run(
      `
      import cluster from 'node:cluster'
      Object.defineProperty(cluster, 'isWorker', { value: true })
      cluster._getServer = (_socket, _options, callback) => callback(-98, null)
      await bindPort({ address: '127.0.0.1' }).catch(({ syscall, code }) => console.log(syscall, code))
      process.exit(0)`,
    )
    assert.equal([output, errors, code], ['bind EADDRINUSE', '', 0])
  })
} else {
  console.log('skipped: node:ffi comes with Node 26, and the calls are those of Linux')

  test('where there is no ffi it is dgram, and who insists is told why', async () => {
    const port = await bindPort({ address })
    assert.instance(port, DgramPort)
    await port.close()
    const error = await bindPort({ address, udp: 'ffi' }).catch((thrown) => thrown)
    assert.is(error.code, 'ERR_QUIC_UDP_UNAVAILABLE')
    assert.match(error.message, /^UDP by node:ffi does not work here: ./)
    assert.instance(error.cause, Error)
  })
}

test.run()
