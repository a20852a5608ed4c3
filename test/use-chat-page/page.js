import { useChat } from '@ai-sdk/react'
import { DefaultChatTransport, WebSocketChatTransport } from 'ai'
import { createElement as h, useState } from 'react'
import { createRoot } from 'react-dom/client'

/** The page of an application as the AI SDK's own documentation has it; the address says which chat. */
const query = new URLSearchParams(location.search)
const api = `/v1/pipelines/${query.get('pipeline')}/chat`
const id = query.get('chat')
const transport =
  query.get('transport') === 'socket'
    ? new WebSocketChatTransport({ url: api })
    : new DefaultChatTransport({ api })

const textOf = ({ parts }) => parts.map((part) => (part.type === 'text' ? part.text : '')).join('')
const dataOf = ({ parts }) => parts.find((part) => part.type === 'data-answer')?.data.value

function Chat() {
  const [notices, setNotices] = useState([])
  const chat = useChat({
    id,
    transport,
    resume: query.has('resume'),
    onData: (part) => setNotices((before) => [...before, part.type]),
  })
  const stopBoth = () => fetch(`${api}/${id}/stop`, { method: 'POST' }).then(() => chat.stop())
  return h(
    'div',
    null,
    h('p', { id: 'status' }, chat.status),
    h('p', { id: 'error' }, chat.error?.message ?? ''),
    h('p', { id: 'notices' }, notices.join(' ')),
    h(
      'ul',
      null,
      ...chat.messages.map((message) =>
        h(
          'li',
          { key: message.id, id: message.id, className: message.role },
          h('span', { className: 'text' }, textOf(message)),
          h('span', { className: 'data' }, JSON.stringify(dataOf(message) ?? null)),
          h('span', { className: 'source' }, message.metadata?.holdfast?.source ?? ''),
        ),
      ),
    ),
    h(
      'button',
      { type: 'button', id: 'send', onClick: () => chat.sendMessage({ text: query.get('say') }) },
      'Send',
    ),
    h('button', { type: 'button', id: 'again', onClick: () => chat.regenerate() }, 'Again'),
    h('button', { type: 'button', id: 'stop', onClick: () => chat.stop() }, 'Stop'),
    h('button', { type: 'button', id: 'stop-both', onClick: stopBoth }, 'Stop at the server'),
    h('button', { type: 'button', id: 'resume', onClick: () => chat.resumeStream() }, 'Resume'),
  )
}

createRoot(document.getElementById('root')).render(h(Chat))
