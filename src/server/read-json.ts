import type { IncomingMessage } from 'node:http'
import { HoldfastError, messageOf } from '../base/errors.ts'

/**
 * The body of a request as JSON.
 *
 * @throws INPUT_TOO_LARGE as soon as more than `limitBytes` have come; INVALID_INPUT where it is not
 * JSON, or says that it is something else.
 */
export async function readJson(request: IncomingMessage, limitBytes: number): Promise<unknown> {
  const contentType = request.headers['content-type'] ?? ''
  if (!/^application\/([\w.-]+\+)?json\b/i.test(contentType)) {
    throw invalidBody(
      `The content type is ${JSON.stringify(contentType)}; send the body as application/json.`,
    )
  }
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request) {
    size += chunk.length
    if (size > limitBytes) throw tooLarge(limitBytes)
    chunks.push(chunk)
  }
  const text = Buffer.concat(chunks).toString('utf8')
  try {
    return JSON.parse(text)
  } catch (error) {
    throw invalidBody(`The body is not JSON: ${messageOf(error)}.`)
  }
}

function tooLarge(limitBytes: number): HoldfastError<'INPUT_TOO_LARGE'> {
  return new HoldfastError(
    'INPUT_TOO_LARGE',
    `The body is larger than ${limitBytes} bytes. Send less, or raise maxBodyBytes.`,
    { limitBytes },
  )
}

function invalidBody(message: string): HoldfastError<'INVALID_INPUT'> {
  return new HoldfastError('INVALID_INPUT', message, { issues: [{ path: '(body)', message }] })
}
