/** What `npx holdfast` runs in this repository: the onboarding application. */
export { default } from './examples/onboarding/holdfast.config.ts'
