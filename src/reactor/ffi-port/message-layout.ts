/** Offsets and sizes of structures of <sys/socket.h> on 64-bit Linux, little-endian. */

/** struct sockaddr_in6, the longer one. */
export const SOCKADDR_SIZE = 28
export const SOCKADDR_WORDS = SOCKADDR_SIZE / 4

/** struct iovec: where, how much. */
export const IOVEC_SIZE = 16
export const IOVEC_LENGTH = 8

/** struct msghdr. */
export const MSGHDR_SIZE = 56
export const MSGHDR_NAME = 0
export const MSGHDR_NAME_LENGTH = 8
export const MSGHDR_IOVEC = 16
export const MSGHDR_IOVEC_COUNT = 24
export const MSGHDR_CONTROL = 32
export const MSGHDR_CONTROL_LENGTH = 40
export const MSGHDR_FLAGS = 48

/** struct mmsghdr: a msghdr, then how much was received. */
export const MMSGHDR_SIZE = 64
export const MMSGHDR_LENGTH = 56

/** A control message with a u16: CMSG_LEN and CMSG_SPACE of 2. */
export const CMSG_U16_LENGTH = 18
export const CMSG_U16_SPACE = 24
export const CMSG_LEVEL = 8
export const CMSG_TYPE = 12
export const CMSG_DATA = 16
