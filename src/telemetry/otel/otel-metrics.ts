import { type Counter, type Histogram, type MeterProvider, metrics } from '@opentelemetry/api'
import { type Instrument, type InstrumentName, instruments } from '../metrics/instruments.ts'
import { libraryName, libraryVersion } from './library.ts'

/** Passes measurements on to the meter of the application's own OpenTelemetry SDK. */
export interface OtelMeter {
  record(name: InstrumentName, value: number, attributes: MetricAttributes): void
}

type MetricAttributes = Readonly<Record<string, string>>
type OtelInstrument = (value: number, attributes: MetricAttributes) => void

/**
 * The API gives instruments that do nothing for ever to whoever asks before the SDK is there; so they
 * are made anew when the provider has changed. `provider` replaces the global one.
 */
export function createOtelMeter(provider?: MeterProvider): OtelMeter {
  let known: MeterProvider | undefined
  let made = new Map<InstrumentName, OtelInstrument>()
  return {
    record(name, value, attributes) {
      const current = provider ?? metrics.getMeterProvider()
      if (current !== known) {
        known = current
        made = new Map()
      }
      let instrument = made.get(name)
      if (!instrument) {
        instrument = make(current, name)
        made.set(name, instrument)
      }
      instrument(value, attributes)
    },
  }
}

function make(provider: MeterProvider, name: InstrumentName): OtelInstrument {
  const meter = provider.getMeter(libraryName, libraryVersion)
  const instrument: Instrument = instruments[name]
  const { description, unit } = instrument
  if (instrument.kind === 'counter') {
    const counter: Counter = meter.createCounter(name, { description, unit })
    return (value, attributes) => counter.add(value, attributes)
  }
  const advice = { explicitBucketBoundaries: [...instrument.buckets] }
  const histogram: Histogram = meter.createHistogram(name, { description, unit, advice })
  return (value, attributes) => histogram.record(value, attributes)
}
