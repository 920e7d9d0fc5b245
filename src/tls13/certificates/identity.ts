import type { CryptoProvider, PrivateKey, SignatureSchemeName } from '../crypto/provider.ts'
import { ArgumentError } from './argument-error.ts'
import { Certificate } from './certificate.ts'
import { CertificateError } from './certificate-error.ts'
import { readPemCertificates } from './pem.ts'
import type { Identity } from './types.ts'

const TRIAL_SCHEMES: Readonly<Record<PrivateKey['kind'], SignatureSchemeName>> = {
  rsa: 'rsa_pss_rsae_sha256',
  'ec-p256': 'ecdsa_secp256r1_sha256',
  'ec-p384': 'ecdsa_secp384r1_sha384',
  ed25519: 'ed25519',
}

/**
 * Loads a certificate chain (PEM or DER, in one or in several parts, the own certificate first) and
 * its private key (see `CryptoProvider.loadPrivateKey`). Throws {@link ArgumentError} if a certificate cannot
 * be read, or (`ERR_QUIC_CERT_KEY_MISMATCH`) if the key is not the one of the first certificate.
 */
export function loadIdentity(
  crypto: CryptoProvider,
  files: {
    readonly cert: string | Uint8Array | readonly (string | Uint8Array)[]
    readonly key: string | Uint8Array
  },
): Identity {
  const { cert } = files
  const chain =
    typeof cert === 'string' || cert instanceof Uint8Array
      ? readPemCertificates(cert)
      : cert.flatMap(readPemCertificates)
  if (chain.length === 0)
    throw new ArgumentError('ERR_INVALID_ARG_VALUE', 'The list `cert` has no certificate')
  const certificates = chain.map(parseOwn)
  const key = crypto.loadPrivateKey(files.key)
  const owner = certificates.findIndex((certificate) => belongs(crypto, key, certificate))
  if (owner !== 0) {
    const advice =
      owner > 0
        ? `It belongs to certificate ${owner + 1} of the file (${certificates[owner]!.subjectText}): put that one first.`
        : 'Give `key` and `cert` that were made together.'
    throw new ArgumentError(
      'ERR_QUIC_CERT_KEY_MISMATCH',
      `The private key (${key.kind}) is not the one of the certificate ${certificates[0]!.subjectText} (${certificates[0]!.keyKind}). ${advice}`,
    )
  }
  return { chain, key }
}

function parseOwn(der: Uint8Array, index: number): Certificate {
  try {
    return Certificate.parse(der)
  } catch (cause) {
    if (!(cause instanceof CertificateError)) throw cause
    throw new ArgumentError(
      'ERR_INVALID_ARG_VALUE',
      `Certificate ${index + 1} of \`cert\` cannot be used. ${cause.message}`,
      { cause },
    )
  }
}

/** A key proves itself by a signature, so that no provider has to show its public half. */
function belongs(crypto: CryptoProvider, key: PrivateKey, certificate: Certificate): boolean {
  if (certificate.keyKind !== key.kind) return false
  const scheme = TRIAL_SCHEMES[key.kind]
  const data = certificate.tbs
  return crypto.verify(scheme, certificate.spki, data, key.sign(scheme, data))
}
