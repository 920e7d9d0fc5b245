/** Caps on the work that a peer's certificates can make us do; see also `../limits.ts`. */

/** Certificates in a path, the first and the anchor included. Public paths have three or four. */
export const MAX_PATH_LENGTH = 8

/**
 * Signatures that are verified for one peer. Cross-signed certificates give a graph with many paths;
 * an honest one needs a try or two for every certificate of a path.
 */
export const MAX_SIGNATURE_CHECKS = 24

/**
 * Comparisons of a name with a subtree for one peer. Both lists fit into a 64 KiB message by the
 * thousand, and every name meets every subtree.
 */
export const MAX_NAME_COMPARISONS = 50_000

/** Names of a certificate that are written into an error's message. */
export const MAX_NAMES_IN_MESSAGE = 8
