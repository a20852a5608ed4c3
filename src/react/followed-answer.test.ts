import { createElement } from 'react'
import { renderToString } from 'react-dom/server'
import { afterEach, expect, it } from 'vitest'
import WebSocket from 'ws'
import { createLiveClient } from '../client/index.ts'
import { createEventLog } from '../live/event-log.ts'
import { failed, started, startLiveServer, token, until } from '../live/live.fixture.ts'
import { openMemoryStore } from '../store/open-memory-store.ts'
import { createFakeClock } from '../testing/fake-clock.ts'
import { followAnswer } from './followed-answer.ts'
import { useAnswer } from './use-answer.ts'

const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

async function open(allowed = true) {
  const clock = createFakeClock()
  const store = openMemoryStore({ clock }).events
  const log = createEventLog({ store, clock, groupCommitMs: 0 })
  const server = await startLiveServer({ log, clock, authorize: () => allowed })
  const client = createLiveClient({ url: server.url, WebSocket, clock: createFakeClock() })
  closers.push(server.close, client.close)
  return { log, client, server }
}

it('the view grows with the events and ends with them', async () => {
  const { log, client } = await open()
  const followed = followAnswer(client, 'a')
  let changes = 0
  const stop = followed.subscribe(() => changes++)
  expect(followed.view().state).toBe('waiting')
  const writer = log.writer('a', 1)
  writer.append(started('a'))
  writer.append(token('Hel'))
  await until(() => followed.view().text === 'Hel')
  const before = followed.view()
  expect(followed.view()).toBe(before)
  writer.append(token('lo'))
  writer.append(failed)
  await until(() => followed.view().state === 'failed')
  expect(followed.view()).toMatchObject({ text: 'Hello', error: { code: 'NO_ANSWER' } })
  expect(before.text).toBe('Hel')
  expect(changes).toBeGreaterThan(2)
  stop()
})

it('one that is left and taken up again goes on where it was', async () => {
  const { log, client } = await open()
  const followed = followAnswer(client, 'a')
  const stop = followed.subscribe(() => {})
  const writer = log.writer('a', 1)
  writer.append(started('a'))
  writer.append(token('x'))
  await until(() => followed.view().text === 'x')
  stop()
  stop()
  writer.append(token('y'))
  await writer.flush()
  const texts: string[] = []
  followed.subscribe(() => texts.push(followed.view().text))
  await until(() => followed.view().text === 'xy')
  expect(texts).toEqual(['xy'])
})

it('strict mode, which listens twice, follows once', async () => {
  const { log, client } = await open()
  const followed = followAnswer(client, 'a')
  followed.subscribe(() => {})()
  const texts: string[] = []
  followed.subscribe(() => texts.push(followed.view().text))
  const writer = log.writer('a', 1)
  for (const event of [started('a'), token('x'), token('y')]) {
    writer.append(event)
    await writer.flush()
  }
  await until(() => followed.view().text === 'xy')
  expect(texts).toEqual(['', 'x', 'xy'])
})

it('a refusal is a view that failed', async () => {
  const { client } = await open(false)
  const followed = followAnswer(client, 'a')
  followed.subscribe(() => {})
  await until(() => followed.view().state === 'failed')
  expect(followed.view().error?.code).toBe('FORBIDDEN')
})

it('the server renders the view that waits, and follows nothing', async () => {
  const { client, server } = await open()
  function Shown({ answerId }: { readonly answerId: string | undefined }) {
    const { state, text } = useAnswer(answerId, { client })
    return createElement('p', null, `${state}:${text}`)
  }
  const html = renderToString(createElement(Shown, { answerId: 'a' }))
  expect(html).toBe('<p>waiting:</p>')
  expect(renderToString(createElement(Shown, { answerId: undefined }))).toBe(html)
  expect(server.sockets.size).toBe(0)
})
