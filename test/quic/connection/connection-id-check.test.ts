import { suite } from 'uvu'
import { fromHex } from '../../../src/bytes/index.ts'
import { checkConnectionIds } from '../../../src/quic/connection/connection-id-check.ts'
import { TransportErrorCode } from '../../../src/quic/errors.ts'
import { decodeTransportParameters } from '../../../src/quic/wire/index.ts'
import { throwsCode } from '../support/errors.ts'

const test = suite('quic/connection/connection-id-check')
const A = fromHex('0a0a0a0a')
const B = fromHex('0b0b0b0b')
const NONE = decodeTransportParameters(new Uint8Array(0), false)

const refuses = (...args: Parameters<typeof checkConnectionIds>) =>
  throwsCode(() => checkConnectionIds(...args), TransportErrorCode.transportParameterError)

test('ids that agree are accepted, of a client and of a server with and without Retry', () => {
  const client = { ...NONE, initialSourceConnectionId: A }
  const expected = { initialSource: A, originalDestination: undefined, retrySource: undefined }
  checkConnectionIds(client, expected)
  const server = { ...client, originalDestinationConnectionId: B }
  checkConnectionIds(server, { ...expected, originalDestination: B })
  checkConnectionIds(
    { ...server, retrySourceConnectionId: B },
    { ...expected, originalDestination: B, retrySource: B },
  )
})

test('an id that is missing, wrong, longer or unasked for is a TRANSPORT_PARAMETER_ERROR', () => {
  const expected = { initialSource: A, originalDestination: B, retrySource: undefined }
  const good = { ...NONE, initialSourceConnectionId: A, originalDestinationConnectionId: B }
  refuses({ ...NONE, originalDestinationConnectionId: B }, expected)
  refuses({ ...NONE, initialSourceConnectionId: A }, expected)
  refuses({ ...good, initialSourceConnectionId: B }, expected)
  refuses({ ...good, originalDestinationConnectionId: A }, expected)
  refuses({ ...good, initialSourceConnectionId: fromHex('0a0a0a0a00') }, expected)
  refuses({ ...good, retrySourceConnectionId: A }, expected)
  refuses(good, { ...expected, retrySource: A })
  refuses({ ...good, retrySourceConnectionId: B }, { ...expected, retrySource: A })
})

test.run()
