/** The helper's first pipe: 0 to 2 are the usual three, 3 is the channel. */
export const FIRST_HELPER_PIPE = 4

/**
 * Runs in the helper: sends every pipe that it inherited back over the channel, with its number, and
 * ends when the channel is closed. A script on the command line needs no file to be found and no
 * loader. The streams do not read: a byte that is sent to a pair on its way must stay in it.
 */
export const helperScript = `
const { Socket } = require('node:net')
process.on('disconnect', () => process.exit())
const count = Number(process.argv[1])
for (let index = 0; index < count; index++) {
  const socket = new Socket({ fd: ${FIRST_HELPER_PIPE} + index, readable: false, writable: true })
  process.send(index, socket)
}
`
