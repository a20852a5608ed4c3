import { createLiveClient } from '/client/index.js'
import { createConversation } from './conversation.js'
import { setUpFaults } from './faults.js'
import { setUpSignUp } from './sign-up.js'
import { createSuggestions } from './suggestions.js'

const visitor = visitorId()
const client = createLiveClient({ url: location.origin })
const composer = document.getElementById('composer')

setUpSignUp(visitor)
setUpFaults(document.getElementById('faults'), document.getElementById('model-note'))
const suggestions = await createSuggestions(document.getElementById('chips'), {
  client,
  visitor,
  choose: (message) => conversation.send(message),
})
const conversation = createConversation(document.getElementById('messages'), {
  client,
  visitor,
  onBegin: () => suggestions.hide(),
  onAnswer: (answer) => suggestions.show(answer),
})
setUpComposer()
await conversation.start()

/** The visitor of this browser, so that a reload and a second tab find the conversation again. */
function visitorId() {
  const known = localStorage.getItem('visitor')
  if (known) return known
  const fresh = crypto.randomUUID()
  localStorage.setItem('visitor', fresh)
  return fresh
}

function setUpComposer() {
  const field = composer.elements.message
  composer.addEventListener('submit', (event) => {
    event.preventDefault()
    const message = field.value.trim()
    if (message === '') return
    field.value = ''
    conversation.send(message)
  })
  field.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || event.shiftKey) return
    event.preventDefault()
    composer.requestSubmit()
  })
}
