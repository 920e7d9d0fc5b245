/** The other end does not speak the language of the bus: its process is to be ended. */
export class BusError extends Error {
  override name = 'BusError'
}
