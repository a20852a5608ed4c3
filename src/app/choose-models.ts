import type { Model } from '../model/model.ts'
import { modelsFromEnvironment } from '../providers/models-from-environment.ts'
import { rehearsal } from '../providers/rehearsal/rehearsal.ts'
import { startRehearsalServer } from '../providers/rehearsal/rehearsal-server.ts'

/** Models, why they were chosen, and how to free what they need. */
export interface ChosenModels {
  readonly models: readonly Model[]
  readonly description: string
  close(): Promise<void>
}

/**
 * The models of the configuration, else those that the environment names, else the rehearsal model on
 * loopback, so that the first run works without a key.
 */
export async function chooseModels(
  configured: readonly Model[] | undefined,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<ChosenModels> {
  const close = async () => {}
  if (configured)
    return { models: configured, description: 'the models of the configuration', close }
  const named = modelsFromEnvironment(environment)
  if (named) return { ...named, close }
  const server = await startRehearsalServer()
  return {
    models: [
      rehearsal(server, { model: 'rehearsal-primary' }),
      rehearsal(server, { model: 'rehearsal-fallback' }),
    ],
    description:
      'the rehearsal model, a stand-in that answers from rules, since no key is set (OPENAI_API_KEY, ANTHROPIC_API_KEY, OPENAI_BASE_URL or OLLAMA_HOST)',
    close: () => server.close(),
  }
}
