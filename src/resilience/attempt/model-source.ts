import type { AttemptOptions, Model, ModelEvent, ModelRequest } from '../../model/model.ts'

/** The answer of a model as events, whether it streams or not, so that one path reads both. */
export function askModel(
  model: Model,
  request: ModelRequest,
  options: AttemptOptions & { readonly stream: boolean },
): AsyncIterator<ModelEvent> {
  const { stream, ...attempt } = options
  const events = stream ? model.stream(request, attempt) : wholeAnswer(model, request, attempt)
  return events[Symbol.asyncIterator]()
}

async function* wholeAnswer(
  model: Model,
  request: ModelRequest,
  options: AttemptOptions,
): AsyncGenerator<ModelEvent, void, undefined> {
  const { text, toolCalls, ...end } = await model.generate(request, options)
  yield { type: 'response-started', response: end.response }
  if (text !== '') yield { type: 'text-delta', text }
  for (const toolCall of toolCalls) yield { type: 'tool-call', toolCall }
  yield { type: 'finish', ...end }
}
