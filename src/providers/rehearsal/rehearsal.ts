import type { Model } from '../../model/model.ts'
import type { HttpOptions } from '../http/options.ts'
import { openaiCompatible } from '../openai/openai-compatible.ts'
import type { RehearsalServer } from './rehearsal-server.ts'

export interface RehearsalOptions extends HttpOptions {
  /** Any name; plans of faults and the server's log tell models apart by it. Default `rehearsal-primary`. */
  readonly model?: string
}

/**
 * The rehearsal model, by the same client that talks to real ones: it makes the first run work without
 * a key, and tests and drills repeatable. It is no model, and `capabilities.rehearsal` says so.
 *
 * @example rehearsal(await startRehearsalServer())
 */
export function rehearsal(
  server: Pick<RehearsalServer, 'baseUrl' | 'contextWindow'>,
  options: RehearsalOptions = {},
): Model {
  const { model = 'rehearsal-primary', capabilities, ...rest } = options
  const client = openaiCompatible({
    contextWindow: server.contextWindow,
    ...rest,
    model,
    baseUrl: server.baseUrl,
    provider: 'rehearsal',
    capabilities: { prefill: true, rehearsal: true, ...capabilities },
  })
  // One server rehearses several vendors: its models fail apart, as those of several accounts do.
  return { ...client, account: model }
}
