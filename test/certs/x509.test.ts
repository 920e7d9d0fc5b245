import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { loadX509 } from '../../src/certs/x509.ts'

const test = suite('x509')

test('loading leaves Reflect as it was, and happens once', () => {
  const before = Reflect.ownKeys(Reflect)
  const loaded = loadX509()
  assert.type(loaded.X509CertificateGenerator.create, 'function')
  assert.equal(Reflect.ownKeys(Reflect), before)
  assert.is(loadX509(), loaded)
})

test.run()
