import { invalidConfig } from '../../base/errors.ts'

/** Where an exporter of OTLP over HTTP sends its data, and with which headers. */
export interface OtlpEndpoint {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
}

export interface OtlpEndpoints {
  readonly traces: OtlpEndpoint
  readonly metrics: OtlpEndpoint
  readonly logs: OtlpEndpoint
}

/**
 * Datadog, without an agent.
 *
 * @param site such as `datadoghq.com` or `datadoghq.eu`.
 */
export function datadogEndpoints(options: {
  readonly apiKey: string
  readonly site?: string
}): OtlpEndpoints {
  const { site = 'datadoghq.com' } = options
  const headers = { 'dd-api-key': required('apiKey', options.apiKey) }
  const all = endpoints(`https://otlp.${site}`, headers)
  // Without it spans become traces of the application alone, and no LLM views.
  const traces = { ...all.traces, headers: { ...headers, 'dd-otlp-source': 'llmobs' } }
  return { ...all, traces }
}

/**
 * Grafana Cloud.
 *
 * @param endpoint as the stack's OpenTelemetry page shows it: `https://otlp-gateway-<zone>.grafana.net/otlp`.
 */
export function grafanaEndpoints(options: {
  readonly endpoint: string
  readonly instanceId: string
  readonly token: string
}): OtlpEndpoints {
  const { endpoint, instanceId, token } = options
  const authorization = basic(required('instanceId', instanceId), required('token', token))
  return endpoints(required('endpoint', endpoint), { authorization })
}

/**
 * Langfuse, which takes traces alone.
 *
 * @param host the region or an own installation. Default `https://cloud.langfuse.com`.
 */
export function langfuseEndpoint(options: {
  readonly publicKey: string
  readonly secretKey: string
  readonly host?: string
}): Pick<OtlpEndpoints, 'traces'> {
  const { publicKey, secretKey, host = 'https://cloud.langfuse.com' } = options
  const headers = {
    authorization: basic(required('publicKey', publicKey), required('secretKey', secretKey)),
    // Without it spans take minutes to appear.
    'x-langfuse-ingestion-version': '4',
  }
  return { traces: endpoints(`${withoutSlash(host)}/api/public/otel`, headers).traces }
}

/** A collector, or any other receiver of OTLP over HTTP. */
export function otlpEndpoints(options: {
  readonly endpoint: string
  readonly headers?: Readonly<Record<string, string>>
}): OtlpEndpoints {
  return endpoints(required('endpoint', options.endpoint), options.headers ?? {})
}

function endpoints(base: string, headers: Readonly<Record<string, string>>): OtlpEndpoints {
  const at = (signal: string) => ({ url: `${withoutSlash(base)}/v1/${signal}`, headers })
  return { traces: at('traces'), metrics: at('metrics'), logs: at('logs') }
}

function basic(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
}

const withoutSlash = (url: string) => url.replace(/\/+$/, '')

/** The value itself is never shown: most of these are keys. */
function required(option: string, value: string | undefined): string {
  if (value) return value
  throw invalidConfig(option, value === undefined ? 'not set' : 'empty', 'a value')
}
