import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, chromium, type Page } from 'playwright-core'
import { build } from 'vite'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { chromiumFlags } from '../scripts/chromium.ts'
import { type ChatApp, models, startChatApp, story } from './chat-app.ts'

/** The real hook, in a page of its own, in a browser. */

const pages = mkdtempSync(join(tmpdir(), 'holdfast-use-chat-'))
let chat: ChatApp
let browser: Browser
let chats = 0

beforeAll(async () => {
  await build({
    root: join(import.meta.dirname, 'use-chat-page'),
    configFile: false,
    logLevel: 'silent',
    build: { outDir: pages, emptyOutDir: true, minify: false },
  })
  chat = await startChatApp({ pages: { '/': pages } })
  browser = await chromium.launch({ executablePath: inject('chromium'), args: chromiumFlags })
})

afterAll(async () => {
  await browser?.close()
  await chat?.close()
  rmSync(pages, { recursive: true, force: true })
})

interface Opened {
  readonly page: Page
  /** The text of the last message of the assistant. */
  text(): Promise<string | null>
  says(text: string | RegExp): Promise<void>
  has(id: string, text: string): Promise<void>
  /** Opens the same chat anew, as after a reload; the page then asks to resume. */
  resume(): Promise<void>
}

async function open(pipeline: string, transport: string, say = 'Tell me.'): Promise<Opened> {
  const page = await browser.newPage()
  const query = new URLSearchParams({ pipeline, transport, say, chat: `chat-${++chats}` })
  await page.goto(`${chat.server.url}/?${query}`)
  const answer = page.locator('.assistant .text').last()
  return {
    page,
    text: () => answer.textContent(),
    says: (text) => page.locator('.assistant .text').getByText(text, { exact: true }).waitFor(),
    has: (id, text) => page.locator(`#${id}`).getByText(text, { exact: true }).waitFor(),
    resume: async () => {
      query.set('resume', 'yes')
      await page.goto(`${chat.server.url}/?${query}`)
    },
  }
}

describe.each(['http', 'socket'])('useChat over %s', (transport) => {
  it('shows an answer and goes on', async () => {
    const { page, says, has } = await open('story', transport)
    await page.click('#send')
    await says(story)
    await has('status', 'ready')
    expect(await page.locator('.assistant .source').textContent()).toBe('primary')
    await page.click('#send')
    await page.locator('.assistant').nth(1).getByText(story, { exact: true }).waitFor()
    expect(models.story.calls.at(-1)?.request.messages.at(-1)?.content).toBe(
      `user: Tell me.\nassistant: ${story}\nuser: Tell me.`,
    )
  })

  it('regenerates the last answer', async () => {
    const { page, says, has } = await open('story', transport)
    await page.click('#send')
    await says(story)
    await has('status', 'ready')
    const first = await page.locator('.assistant').getAttribute('id')
    await page.click('#again')
    await page.waitForFunction(`document.querySelector('.assistant')?.id !== '${first}'`)
    await says(story)
    expect(await page.locator('.assistant').count()).toBe(1)
  })

  it('finishes an answer after a reload in its middle', async () => {
    const { page, says, has, resume } = await open('held', transport)
    await page.click('#send')
    await says('Once there was')
    await resume()
    await says('Once there was')
    await has('status', 'streaming')
    models.held.release()
    await says(story)
    await has('status', 'ready')
    expect(await page.locator('.assistant').count()).toBe(1)
  })

  it('gets an answer that ended while it was away', async () => {
    const { page, says, resume } = await open('story', transport)
    await page.click('#send')
    await says(story)
    await resume()
    await says(story)
  })

  it('has nothing to resume in a new chat', async () => {
    const { page, has, resume } = await open('story', transport)
    await resume()
    await has('status', 'ready')
    expect(await page.locator('li').count()).toBe(0)
  })

  it('shows the text of the last attempt alone', async () => {
    const { page, says, has } = await open('restarts', transport)
    await page.click('#send')
    await says(story)
    await has('status', 'ready')
    expect(await page.locator('.assistant .source').textContent()).toBe('fallback')
    expect(await page.locator('#notices').textContent()).toContain('data-reset')
  })

  it('says that an answer is canned', async () => {
    const { page, says, has } = await open('canned', transport)
    await page.click('#send')
    await says('Nobody can answer now.')
    await has('status', 'ready')
    expect(await page.locator('.assistant .source').textContent()).toBe('canned')
  })

  it('shows a structured answer as data', async () => {
    const { page, has } = await open('sorting', transport, '{"message":"Help!"}')
    await page.click('#send')
    await has('status', 'ready')
    const data = page.locator('.assistant .data')
    await data.getByText('support').waitFor()
    expect(JSON.parse((await data.textContent()) ?? '')).toEqual({
      intent: 'support',
      reply: 'We look into it.',
    })
    expect(await page.locator('#notices').textContent()).toContain('data-field')
  })

  it('shows a failure as an error', async () => {
    const { page, has } = await open('failing', transport)
    await page.click('#send')
    await has('status', 'error')
    expect(await page.locator('#error').textContent()).toContain('No model of failing gave')
  })

  it('stops the model at the server', async () => {
    const { page, says, has, resume } = await open('stuck', transport)
    await page.click('#send')
    await says('Once there was')
    // Over HTTP the hook's own stop only disconnects; the address of the server stops.
    await page.click(transport === 'socket' ? '#stop' : '#stop-both')
    await has('status', 'ready')
    await expect.poll(() => models.stuck.open).toBe(0)
    await resume()
    await says('Once there was')
    await has('status', 'ready')
  })
})
