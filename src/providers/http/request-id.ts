/** Where providers put the id of a request, most of them under the first. */
const requestIdHeaders = ['x-request-id', 'request-id', 'apim-request-id', 'x-goog-request-id']

/** The id by which the provider's support finds the request. */
export function requestIdOf(headers: Readonly<Record<string, string>>): string | undefined {
  for (const name of requestIdHeaders) {
    if (headers[name] !== undefined && headers[name] !== '') return headers[name]
  }
  return undefined
}
