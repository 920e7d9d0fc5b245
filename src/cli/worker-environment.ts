/** Environment variables that tell the workers of `tsquic serve` what to do. */

/** The directory to serve. */
export const ROOT_VARIABLE = 'TSQUIC_SERVE_ROOT'

/** Not empty: POST /echo is answered with what was posted. */
export const ECHO_VARIABLE = 'TSQUIC_SERVE_ECHO'
