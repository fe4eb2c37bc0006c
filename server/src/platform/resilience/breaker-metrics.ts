import { Counter, Gauge, type Registry } from 'prom-client'

/** `trying`: one call is made, to see whether what is called is back. */
export type BreakerState = 'closed' | 'trying' | 'open'

/** What operators see of one circuit breaker. */
export interface BreakerMeter {
  readonly onState: (state: BreakerState) => void
  readonly onRefused: () => void
}

const stateNumbers: Readonly<Record<BreakerState, number>> = { closed: 0, trying: 1, open: 2 }

/** The metrics of the breaker before what is called `name`. */
export function meterBreaker(registry: Registry, name: string): BreakerMeter {
  const { state, opened, refused } = metricsOf(registry)
  const labels = { name }
  state.set(labels, 0)
  opened.inc(labels, 0)
  refused.inc(labels, 0)
  return {
    onState(now) {
      state.set(labels, stateNumbers[now])
      if (now === 'open') opened.inc(labels)
    },
    onRefused: () => refused.inc(labels),
  }
}

interface BreakerMetrics {
  readonly state: Gauge
  readonly opened: Counter
  readonly refused: Counter
}

const known = new WeakMap<Registry, BreakerMetrics>()

function metricsOf(registry: Registry): BreakerMetrics {
  const found = known.get(registry)
  if (found) return found
  const common = { labelNames: ['name'], registers: [registry] }
  const made = {
    state: new Gauge({
      ...common,
      name: 'cloudsync_breaker_state',
      help: 'Circuit breakers: 0 closed, 1 half open, 2 open',
    }),
    opened: new Counter({
      ...common,
      name: 'cloudsync_breaker_opened_total',
      help: 'How often a circuit breaker has opened',
    }),
    refused: new Counter({
      ...common,
      name: 'cloudsync_breaker_refused_total',
      help: 'Calls that a circuit breaker has refused',
    }),
  }
  known.set(registry, made)
  return made
}
