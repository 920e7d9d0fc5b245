export { DgramPort, type DgramPortOptions } from './dgram-port.ts'
export { EndpointDriver } from './endpoint-driver.ts'
export type { DatagramSink, UdpPort } from './udp-port.ts'
