import { defineConfig, rehearsal } from 'holdfast'
import { createOnboarding } from '../onboarding.ts'

/** For the workers of the load run, whose provider is a process of its own. */
const provider = { baseUrl: process.env.LOAD_PROVIDER ?? '', contextWindow: 128_000 }

export default defineConfig({
  pipelines: {
    onboarding: createOnboarding([
      rehearsal(provider, { model: 'rehearsal-primary' }),
      rehearsal(provider, { model: 'rehearsal-fallback' }),
    ]),
  },
  data: process.env.HOLDFAST_DATA ?? '.data',
})
