/** RFC 9000 §19. */
export const FrameType = {
  padding: 0x00,
  ping: 0x01,
  ack: 0x02,
  ackEcn: 0x03,
  resetStream: 0x04,
  stopSending: 0x05,
  crypto: 0x06,
  newToken: 0x07,
  /** Up to 0x0f: the low bits say whether offset (4), length (2) and fin (1) are there. */
  stream: 0x08,
  maxData: 0x10,
  maxStreamData: 0x11,
  maxStreamsBidi: 0x12,
  maxStreamsUni: 0x13,
  dataBlocked: 0x14,
  streamDataBlocked: 0x15,
  streamsBlockedBidi: 0x16,
  streamsBlockedUni: 0x17,
  newConnectionId: 0x18,
  retireConnectionId: 0x19,
  pathChallenge: 0x1a,
  pathResponse: 0x1b,
  connectionClose: 0x1c,
  connectionCloseApplication: 0x1d,
  handshakeDone: 0x1e,
} as const

/** The low bits of a STREAM frame's type. */
export const StreamBit = { fin: 0x01, length: 0x02, offset: 0x04 } as const
