/** One thing that the rehearsal server does to answer a request. An answer, whole or faulty, is a list of them. */
export type Step =
  | { readonly do: 'wait'; readonly ms: number }
  /** Lets the bytes so far leave in a packet of their own. */
  | { readonly do: 'flush' }
  | {
      readonly do: 'head'
      readonly status: number
      readonly headers: Readonly<Record<string, string>>
    }
  /** `tokens`: how many tokens of answer these bytes hold, for the bill. */
  | { readonly do: 'write'; readonly bytes: string | Buffer; readonly tokens?: number }
  /** Ends the body in good order. */
  | { readonly do: 'end' }
  /** Breaks the connection by RST. */
  | { readonly do: 'reset' }
  /** Closes the connection without ending the body. */
  | { readonly do: 'hang-up' }
  /** Says nothing more until the client leaves. */
  | { readonly do: 'hang' }
  /** Says the same again and again until the client leaves. */
  | { readonly do: 'repeat'; readonly bytes: string; readonly everyMs: number }
  /** Says the same as fast as the client takes it, this many times. */
  | {
      readonly do: 'flood'
      readonly bytes: string
      readonly times: number
      readonly tokens: number
    }
