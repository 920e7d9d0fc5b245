import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { toHex } from '../../../src/bytes/index.ts'
import { deriveInitialSecrets } from '../../../src/quic/protection/index.ts'
import { VERSION_1 } from '../../../src/quic/wire/index.ts'
import { VERSION_2 } from '../../../src/quic/wire/version.ts'
import { PROVIDERS } from '../../tls13/providers.ts'
import { CLIENT_DCID } from '../rfc9001-vectors.ts'

for (const crypto of PROVIDERS) {
  const test = suite(`deriveInitialSecrets over ${crypto.name}`)

  test('the secrets of version 1 are those of RFC 9001 §A.1', () => {
    const { client, server } = deriveInitialSecrets(crypto, VERSION_1, CLIENT_DCID)
    assert.is(toHex(client), 'c00cf151ca5be075ed0ebfb5c80323c42d6b7db67881289af4008f1f6c357aea')
    assert.is(toHex(server), '3c199828fd139efd216c155ad844cc81fb82fa8d7446fa7d78be803acdda951b')
  })

  test('the secrets of version 2 are those of RFC 9369 §A.1', () => {
    const { client, server } = deriveInitialSecrets(crypto, VERSION_2, CLIENT_DCID)
    assert.is(toHex(client), '14ec9d6eb9fd7af83bf5a668bc17a7e283766aade7ecd0891f70f9ff7f4bf47b')
    assert.is(toHex(server), '0263db1782731bf4588e7e4d93b7463907cb8cd8200b5da55a8bd488eafc37c1')
  })

  test.run()
}
