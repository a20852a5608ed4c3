import type { HoldfastParts } from '../app/holdfast.ts'
import type { Clock } from '../base/clock.ts'
import type { Telemetry } from '../base/telemetry-port.ts'
import { cursorOf } from '../live/cursor.ts'
import { serveLiveEvents, serveLiveGroupEvents } from '../live/live-events.ts'
import type { LiveGroup } from '../live/live-target.ts'
import { checkRights } from './live-rights.ts'
import type { Exchange, Routes } from './router.ts'

export interface LiveRoutesOptions {
  readonly app: HoldfastParts
  readonly clock: Clock
  readonly telemetry: Telemetry
}

/** What follows answers over HTTP: the routes that a ticket opens as well as the key does. */
export function liveRoutes({ app, clock, telemetry }: LiveRoutesOptions): Routes {
  async function serveGroup(exchange: Exchange, group: LiveGroup): Promise<void> {
    const { request, response, url, rights } = exchange
    await checkRights(app, rights, group)
    const lastEventId = request.headers['last-event-id']
    const cursor = lastEventId || url.searchParams.get('starting_after')
    await serveLiveGroupEvents(response, {
      groups: app.groups,
      clock,
      telemetry,
      group,
      ...(typeof cursor === 'string' && cursor !== '' && { startingAfter: cursor }),
    })
  }

  return {
    'GET /v1/answers/:answer/events': async (exchange) => {
      const { request, response, url, params, rights } = exchange
      const answerId = params.answer ?? ''
      await checkRights(app, rights, { answerId })
      const lastEventId = request.headers['last-event-id']
      const startingAfter = url.searchParams.get('starting_after')
      await serveLiveEvents(response, {
        log: app.events,
        clock,
        telemetry,
        answerId,
        afterSeq: cursorOf({
          ...(typeof lastEventId === 'string' && { lastEventId }),
          ...(startingAfter !== null && { startingAfter }),
        }),
      })
    },

    'GET /v1/conversations/:conversation/events': (exchange) =>
      serveGroup(exchange, { conversationId: exchange.params.conversation ?? '' }),

    'GET /v1/users/:user/events': (exchange) =>
      serveGroup(exchange, { userId: exchange.params.user ?? '' }),

    'GET /v1/pipelines/:pipeline/events': (exchange) =>
      serveGroup(exchange, { pipeline: exchange.params.pipeline ?? '' }),
  }
}
