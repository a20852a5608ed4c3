import type { Dispatcher } from 'undici'
import type { Clock } from '../../base/clock.ts'
import { BodyReader } from './body-reader.ts'
import { networkFault } from './failures.ts'

export interface PostRequest {
  readonly dispatcher: Dispatcher
  readonly clock: Clock
  readonly url: URL
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly signal: AbortSignal
}

export interface HttpResponse {
  readonly status: number
  /** Lower-case names; several values of one name are joined by a comma. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: BodyReader
}

/**
 * Sends a POST and waits for the headers of its answer.
 *
 * @throws `WireFault` of kind `network` where none came, or the signal's reason.
 */
export async function post(request: PostRequest): Promise<HttpResponse> {
  const { dispatcher, url, headers, body, signal, clock } = request
  try {
    const response = await dispatcher.request({
      origin: url.origin,
      path: url.pathname + url.search,
      method: 'POST',
      headers,
      body,
      signal,
      // Also for a dispatcher that was handed in: the clocks of a call are not here.
      headersTimeout: 0,
      bodyTimeout: 0,
      highWaterMark: readAheadBytes,
    })
    return {
      status: response.statusCode,
      headers: flatten(response.headers),
      body: new BodyReader(response.body, clock),
    }
  } catch (error) {
    if (signal.aborted) throw signal.reason
    throw networkFault(error)
  }
}

/** 16 KiB, about a hundred chunks of a token each: what one packet burst of a fast stream holds. */
const readAheadBytes = 16 * 1024

function flatten(
  headers: Readonly<Record<string, string | readonly string[] | undefined>>,
): Record<string, string> {
  const flat: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) flat[name] = typeof value === 'string' ? value : value.join(', ')
  }
  return flat
}
