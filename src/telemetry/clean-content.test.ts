import { describe, expect, it } from 'vitest'
import { createCapture } from './capture.ts'
import { cleanContent, longestText } from './clean-content.ts'
import { CleanMemo } from './clean-memo.ts'
import { createRedactor } from './redact/redactor.ts'

const secret = 'kim.lee@example.net'

function clean(value: unknown): Promise<unknown> {
  const redactor = createRedactor()
  const options = { redactor: redactor.scope(), memo: new CleanMemo(), onFailure: () => {} }
  return cleanContent(value, createCapture(options))
}

/** Harmless words of that length. */
const words = (length: number) => 'lorem ipsum '.repeat(Math.ceil(length / 12)).slice(0, length)

describe('cleanContent', () => {
  it('cleans prompts, tool arguments and variables', async () => {
    const content = [
      { role: 'user', content: `I am ${secret}` },
      {
        role: 'assistant',
        content: '',
        toolCalls: [{ id: 'c1', name: 'mail', arguments: JSON.stringify({ to: secret }) }],
      },
      { role: 'tool', toolCallId: 'c1', toolName: 'mail', content: `sent to ${secret}` },
    ]
    const text = JSON.stringify(await clean(content))
    expect(text).not.toContain('kim.lee')
    expect(JSON.parse(text)).toMatchObject([
      { role: 'user', content: 'I am [EMAIL_1]' },
      { toolCalls: [{ arguments: '{"to":"[EMAIL_1]"}' }] },
      { content: 'sent to [EMAIL_1]' },
    ])
  })

  it('cleans a long text as it cleans a short one', async () => {
    const long = `${words(50_000)} ${secret} ${words(50_000)} password: hunter2secret`
    const result = (await clean([{ role: 'user', content: long }])) as { content: string }[]
    const text = result[0]?.content ?? ''
    expect(text).toContain('[EMAIL_1]')
    expect(text).not.toMatch(/kim\.lee|hunter2/)
    expect(text.length).toBeGreaterThan(100_000)
  })

  it('finds a value that lies across the border of two pieces', async () => {
    const pieceLength = 16 * 1024
    for (const offset of [1, 5, 10, 18]) {
      const before = `${words(pieceLength - offset - 1)} `
      const text = await clean(`${before}${secret} ${words(pieceLength)}`)
      expect(text).not.toContain('kim')
      expect(text).not.toContain('example.net')
    }
  })

  it('lets the event loop turn while it works on a megabyte', async () => {
    let turns = 0
    let isDone = false
    const count = () => {
      turns++
      if (!isDone) setImmediate(count)
    }
    setImmediate(count)
    await clean([{ role: 'user', content: words(1_000_000) }])
    isDone = true
    expect(turns).toBeGreaterThan(20)
  })

  it('keeps the beginning of what is longer than the limit', async () => {
    const text = String(await clean(`${words(longestText - 10)} ${secret}${words(100)}`))
    expect(text).toContain('[cut from')
    expect(text).not.toContain('kim')
  })

  it('takes values that are broken', async () => {
    const round: Record<string, unknown> = { text: words(40_000) }
    round.self = round
    const trap = { text: words(40_000) }
    Object.defineProperty(trap, 'bad', {
      enumerable: true,
      get() {
        throw new Error(secret)
      },
    })
    expect(JSON.stringify(await clean([round, trap]))).not.toContain('kim')
  })
})
