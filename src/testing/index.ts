/** What the tests of an application need: time that is told to move, and models that do as scripted. */

export { createFakeClock, type FakeClock } from './fake-clock.ts'
export {
  cutAfter,
  fails,
  type Script,
  type ScriptedCall,
  type ScriptedModel,
  type ScriptedModelOptions,
  type ScriptStep,
  says,
  scriptedModel,
} from './scripted-model.ts'
