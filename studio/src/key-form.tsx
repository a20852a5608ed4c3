import { useState } from 'preact/hooks'

/** Asks for the key that the server wants; it stays in this tab. */
export function KeyForm({ onKey }: { onKey(key: string): void }) {
  const [key, setKey] = useState('')
  return (
    <form
      class="key"
      onSubmit={(event) => {
        event.preventDefault()
        onKey(key)
      }}
    >
      <h1>This server wants a key</h1>
      <p class="soft">The one that programs send as “Authorization: Bearer …”.</p>
      <input
        type="password"
        aria-label="Key"
        autocomplete="current-password"
        value={key}
        onInput={({ currentTarget }) => setKey(currentTarget.value)}
      />
      <button type="submit">Open</button>
    </form>
  )
}
