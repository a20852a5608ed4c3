import { createElement as h, StrictMode, useState } from 'react'
import { createRoot } from 'react-dom/client'
import { createLiveClient } from '../../src/client/index.ts'
import { useAnswer } from '../../src/react/use-answer.ts'

/** A page that follows the answer that its address names, in strict mode. */
const client = createLiveClient({ url: location.origin })
const answerId = new URLSearchParams(location.search).get('answer')

function Shown() {
  const { state, text, answer } = useAnswer(answerId, { client })
  return h('p', { id: 'shown', 'data-state': state }, answer?.value ?? text)
}

function App() {
  const [isShown, setShown] = useState(true)
  const toggle = () => setShown((before) => !before)
  return h(
    StrictMode,
    null,
    h('button', { type: 'button', onClick: toggle }, 'Toggle'),
    isShown && h(Shown),
  )
}

createRoot(document.getElementById('root')).render(h(App))
