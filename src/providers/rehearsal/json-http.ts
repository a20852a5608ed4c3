import type { IncomingMessage, ServerResponse } from 'node:http'
import { messageOf } from '../../base/errors.ts'

/** 8 MiB: a prompt of two million tokens, beyond any window. */
const bodyLimitBytes = 8 * 1024 * 1024

/** The body of a request as JSON, or what is wrong with it. */
export async function readJson(
  request: IncomingMessage,
): Promise<{ readonly value: unknown } | { readonly problem: string }> {
  const parts: Buffer[] = []
  let length = 0
  try {
    for await (const part of request) {
      length += part.length
      if (length > bodyLimitBytes)
        return { problem: `the body is larger than ${bodyLimitBytes} bytes` }
      parts.push(part)
    }
    return { value: JSON.parse(Buffer.concat(parts).toString('utf8')) }
  } catch (error) {
    return { problem: `the body is not JSON: ${messageOf(error)}` }
  }
}

export function sendJson(response: ServerResponse, status: number, value: unknown): void {
  const body = JSON.stringify(value)
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
  })
  response.end(body)
}
