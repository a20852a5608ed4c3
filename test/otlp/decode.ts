import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import protobuf from 'protobufjs'
import { isRecord } from '../../src/base/json.ts'

/**
 * Both encodings of OTLP as one form, that of its JSON: ids in hexadecimal, 64-bit numbers as decimal
 * text. What the message definitions do not know is a complaint, in either encoding.
 */

export type Signal = 'traces' | 'logs' | 'metrics'

export type Message = Readonly<Record<string, unknown>>

const source = readFileSync(join(import.meta.dirname, 'otlp.proto'), 'utf8')
const { root } = protobuf.parse(source)
root.resolveAll()

const requests: Readonly<Record<Signal, string>> = {
  traces: 'ExportTraceServiceRequest',
  logs: 'ExportLogsServiceRequest',
  metrics: 'ExportMetricsServiceRequest',
}

export interface Decoded {
  readonly message: Message
  readonly complaints: readonly string[]
}

/** @throws where the bytes are neither JSON nor a message. */
export function decodeExport(signal: Signal, contentType: string, body: Buffer): Decoded {
  const type = root.lookupType(requests[signal])
  const complaints: string[] = []
  const complain = (text: string) => complaints.push(`${signal}: ${text}`)
  if (contentType.startsWith('application/json')) {
    return { message: readJson(type, JSON.parse(body.toString()), type.name, complain), complaints }
  }
  if (contentType !== 'application/x-protobuf') complain(`the content type is ${contentType}`)
  const reader = protobuf.Reader.create(body)
  reader.discardUnknown = false
  return { message: readProtobuf(type, type.decode(reader), type.name, complain), complaints }
}

type Complain = (text: string) => void

function readJson(type: protobuf.Type, value: unknown, path: string, complain: Complain): Message {
  if (!isRecord(value)) {
    complain(`${path} is no object`)
    return {}
  }
  const message: Record<string, unknown> = {}
  for (const [key, given] of Object.entries(value)) {
    const field = type.fields[key]
    if (!field) {
      complain(`${path}.${key} is not known`)
      continue
    }
    const at = `${path}.${key}`
    const read = (item: unknown) => {
      if (field.resolvedType instanceof protobuf.Type) {
        return readJson(field.resolvedType, item, at, complain)
      }
      if (!isJsonScalar(field.type, item)) complain(`${at} is ${JSON.stringify(item)}`)
      return is64Bit(field.type) ? String(item) : item
    }
    if (!field.repeated) message[key] = read(given)
    else if (Array.isArray(given)) message[key] = given.map(read)
    else complain(`${at} is no list`)
  }
  return message
}

/** How OTLP writes values as JSON: ids in hexadecimal and not in base64, enums as numbers. */
function isJsonScalar(type: string, value: unknown): boolean {
  switch (type) {
    case 'string':
      return typeof value === 'string'
    case 'bytes':
      return typeof value === 'string' && /^([0-9a-f]{2})*$/.test(value)
    case 'bool':
      return typeof value === 'boolean'
    case 'double':
      return typeof value === 'number'
    case 'uint32':
    case 'fixed32':
      return Number.isInteger(value) && Number(value) >= 0
    default:
      return is64Bit(type) && (Number.isSafeInteger(value) || /^-?\d+$/.test(String(value)))
  }
}

const is64Bit = (type: string) => type.endsWith('64')

function readProtobuf(
  type: protobuf.Type,
  decoded: protobuf.Message,
  path: string,
  complain: Complain,
): Message {
  if (decoded.$unknowns?.length) complain(`${path} has fields that are not known`)
  const message: Record<string, unknown> = {}
  for (const field of type.fieldsArray) {
    if (!Object.hasOwn(decoded, field.name)) continue
    const given: unknown = Reflect.get(decoded, field.name)
    const read = (item: unknown): unknown => {
      if (field.resolvedType instanceof protobuf.Type) {
        const { resolvedType } = field
        return readProtobuf(
          resolvedType,
          item as protobuf.Message,
          `${path}.${field.name}`,
          complain,
        )
      }
      if (field.type === 'bytes') return Buffer.from(item as Uint8Array).toString('hex')
      return is64Bit(field.type) ? String(item) : item
    }
    message[field.name] = Array.isArray(given) ? given.map(read) : read(given)
  }
  return message
}
