import type { Model, ResponseIdentity } from '../model/model.ts'

/** Who answered, over all attempts of a call. */
export interface SeenIdentities {
  readonly servedModels: ReadonlySet<string>
  readonly fingerprints: ReadonlySet<string>
  add(response: ResponseIdentity): void
}

export function createSeenIdentities(): SeenIdentities {
  const servedModels = new Set<string>()
  const fingerprints = new Set<string>()
  return {
    servedModels,
    fingerprints,
    add({ servedModel, fingerprint }) {
      if (servedModel !== undefined) servedModels.add(servedModel)
      if (fingerprint !== undefined) fingerprints.add(fingerprint)
    },
  }
}

/** The same model, telling what its provider says of itself with each response. */
export function watchModel(model: Model, onResponse: SeenIdentities['add']): Model {
  const { provider, id, account, capabilities } = model
  return {
    provider,
    id,
    capabilities,
    ...(account !== undefined && { account }),
    async generate(request, options) {
      const result = await model.generate(request, options)
      onResponse(result.response)
      return result
    },
    async *stream(request, options) {
      for await (const event of model.stream(request, options)) {
        if ('response' in event) onResponse(event.response)
        yield event
      }
    },
  }
}
