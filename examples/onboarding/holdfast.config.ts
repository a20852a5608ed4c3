import { defineConfig } from 'holdfast'
import { createOnboarding } from './onboarding.ts'

/** For the command line: `npx holdfast run onboarding --input '…'`. */
export default defineConfig({ pipelines: { onboarding: createOnboarding() } })
