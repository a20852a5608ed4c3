import type { SpanRecord } from '../../src/model/trace.ts'

/** All that a span says: error, attributes, events and sanitised contents. */
export function SpanDetails({ span }: { readonly span: SpanRecord }) {
  return (
    <div class="details">
      <h2>{span.name}</h2>
      {span.error !== undefined && <p class="problem">{span.error}</p>}
      <Pairs pairs={Object.entries(span.attributes)} />
      {span.events.map((event) => (
        <div key={`${event.name} ${event.atMs}`}>
          <h3>
            {event.name} <span class="soft">at {Math.round(event.atMs - span.startedAtMs)} ms</span>
          </h3>
          <Pairs pairs={Object.entries(event.attributes)} />
        </div>
      ))}
      {Object.entries(span.content).map(([name, value]) => (
        <div key={name}>
          <h3>{name}</h3>
          <pre>{typeof value === 'string' ? value : JSON.stringify(value, null, 2)}</pre>
        </div>
      ))}
    </div>
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
            <td>{Array.isArray(value) ? value.join(', ') : String(value)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
