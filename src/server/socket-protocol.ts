import type { HoldfastParts } from '../app/holdfast.ts'
import type { Clock } from '../base/clock.ts'
import type { Telemetry } from '../base/telemetry-port.ts'
import type { Access } from './access.ts'
import type { JsonSocketOptions } from './json-socket.ts'

export interface ProtocolSocketsOptions {
  readonly app: HoldfastParts
  readonly clock: Clock
  readonly telemetry: Telemetry
  readonly access: Access
  readonly maxBodyBytes: number
}

/** What a protocol does with the messages of one user on one socket. */
export type SocketProtocol = (
  options: ProtocolSocketsOptions,
  userId: string | undefined,
  params: Readonly<Record<string, string>>,
) => JsonSocketOptions['hear']
