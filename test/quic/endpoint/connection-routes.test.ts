import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { CONNECTION_ID_LENGTH, idKey } from '../../../src/quic/connection-id.ts'
import { ConnectionRoutes } from '../../../src/quic/endpoint/connection-routes.ts'
import { ResetTokens } from '../../../src/quic/endpoint/reset-tokens.ts'
import { Router } from '../../../src/quic/endpoint/router.ts'
import type { Connection } from '../../../src/quic/index.ts'
import { nodeCrypto } from '../../../src/tls13/index.ts'

const test = suite('quic/endpoint/connection-routes')

const CONNECTION = {} as unknown as Connection

function create() {
  let made = 0
  const randomBytes = (length: number) => new Uint8Array(length).fill(++made)
  const router = new Router()
  const tokens = new ResetTokens({ crypto: nodeCrypto, randomBytes })
  return { router, tokens, routes: new ConnectionRoutes(router, tokens, randomBytes) }
}

test('ids that come before the connection are routed as soon as it is there, later ones at once', () => {
  const { router, routes } = create()
  const [first, second] = [routes.create(), routes.create()]
  routes.add(idKey(first))
  assert.is(router.size, 0)
  routes.lead(CONNECTION)
  routes.add(idKey(second))
  for (const id of [first, second]) {
    assert.is(router.lookUp(id, 0, CONNECTION_ID_LENGTH), CONNECTION)
    routes.remove(idKey(id))
  }
  assert.is(router.size, 0)
})

test("a peer's token leads to the connection while it is in use", () => {
  const { tokens, routes } = create()
  routes.lead(CONNECTION)
  const token = new Uint8Array(16)
  routes.onResetToken(token, true)
  assert.is(tokens.lookUp(token), CONNECTION)
  routes.onResetToken(token, false)
  assert.is(tokens.size, 0)
})

test('the token of an id is the one by which the endpoint resets', () => {
  const { tokens, routes } = create()
  const id = routes.create()
  assert.equal(routes.resetToken(id), tokens.of(id))
})

test.run()
