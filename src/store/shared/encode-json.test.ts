import { expect, it } from 'vitest'
import { encodeJson } from './encode-json.ts'
import { isMessage } from './json-shapes.ts'

it('says what a refused value consists of, without its contents', () => {
  const message = { role: 'tool', toolCallId: 'call_1', content: 'my secret' }
  expect(() => encodeJson(message, 'message', isMessage)).toThrow(
    'The message cannot be stored: { role: string, toolCallId: string, content: string } does not',
  )
})
