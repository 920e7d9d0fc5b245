/** Events of a descriptor, to be combined. */
export const READ = 1 << 9
export const WRITE = 1 << 10
export const ERROR = 1 << 11
/** Removed after its first event. */
export const ONCE = 1 << 12
