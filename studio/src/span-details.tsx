import type { SpanRecord } from '../../src/model/trace.ts'
import { CleanText } from './clean-text.tsx'
import { duration } from './format.ts'
import { asMessages, Messages } from './messages.tsx'

/** All that a span says: error, contents, attributes and events, sanitised. */
export function SpanDetails({ span }: { readonly span: SpanRecord }) {
  return (
    <div class="details">
      <h2>{span.name}</h2>
      {span.error !== undefined && (
        <p class="problem">
          <CleanText text={span.error} />
        </p>
      )}
      {Object.entries(span.content).map(([name, value]) => (
        <section key={name}>
          <h3>{name.replace(/^gen_ai\./, '').replaceAll('.', ' ')}</h3>
          <Content value={value} />
        </section>
      ))}
      <Pairs pairs={Object.entries(span.attributes)} />
      {span.events.map((event) => (
        <section key={`${event.name} ${event.atMs}`}>
          <h3>
            {event.name} <span class="soft">after {duration(event.atMs - span.startedAtMs)}</span>
          </h3>
          <Pairs pairs={Object.entries(event.attributes)} />
        </section>
      ))}
    </div>
  )
}

function Content({ value }: { readonly value: unknown }) {
  const messages = asMessages(value)
  if (messages) return <Messages messages={messages} />
  return (
    <pre>
      <CleanText text={typeof value === 'string' ? value : JSON.stringify(value, null, 2)} />
    </pre>
  )
}

function Pairs({ pairs }: { readonly pairs: readonly (readonly [string, unknown])[] }) {
  if (pairs.length === 0) return null
  return (
    <table>
      <tbody>
        {pairs.map(([key, value]) => (
          <tr key={key}>
            <th scope="row">{key}</th>
            <td>
              <CleanText text={Array.isArray(value) ? value.join(', ') : String(value)} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
