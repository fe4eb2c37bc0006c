import { Counter, Gauge, Histogram, type Registry } from 'prom-client'

/** What the live core tells of itself. */
export interface LiveMetrics {
  readonly updates: Counter
  readonly refusals: Counter<'reason'>
  readonly joins: Counter<'served'>
  readonly evictions: Counter<'reason'>
  /** Rows of other servers, by how they came: `bus` or `log`. */
  readonly foreignRows: Counter<'source'>
  readonly commits: Histogram
  readonly commitRows: Histogram
  readonly compactions: Histogram
}

/** Values that are read when somebody asks. */
export interface LiveGauges {
  readonly servers: () => number
  /** 1 or 0. */
  readonly redisConnected: () => number
  readonly documents: () => number
  readonly documentBytes: () => number
  readonly sockets: () => number
  readonly connections: () => number
  readonly logLagSeconds: () => number
  readonly logOutstanding: () => number
}

export function openLiveMetrics(registry: Registry, gauges: LiveGauges): LiveMetrics {
  const registers = [registry]
  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read())
      },
    })
  gauge('cloudsync_servers', 'Servers on this database that live', gauges.servers)
  gauge('cloudsync_redis_connected', 'Whether Redis carries messages', gauges.redisConnected)
  gauge('cloudsync_live_documents', 'Documents in memory', gauges.documents)
  gauge(
    'cloudsync_live_document_bytes',
    'Estimated memory of the documents in memory',
    gauges.documentBytes,
  )
  gauge('cloudsync_live_sockets', 'Open live sockets', gauges.sockets)
  gauge(
    'cloudsync_live_connections',
    'Document connections on the live sockets',
    gauges.connections,
  )
  gauge('cloudsync_log_lag_seconds', 'Age of the commit under way', gauges.logLagSeconds)
  gauge('cloudsync_log_outstanding', 'Updates that are not durable yet', gauges.logOutstanding)
  const commitBuckets = [0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5]
  return {
    updates: new Counter({
      name: 'cloudsync_live_updates_total',
      help: 'Updates taken',
      registers,
    }),
    refusals: new Counter({
      name: 'cloudsync_live_refusals_total',
      help: 'Frames refused',
      labelNames: ['reason'],
      registers,
    }),
    joins: new Counter({
      name: 'cloudsync_live_joins_total',
      help: 'Answers to a SyncStep1',
      labelNames: ['served'],
      registers,
    }),
    evictions: new Counter({
      name: 'cloudsync_live_evictions_total',
      help: 'Documents dropped from memory',
      labelNames: ['reason'],
      registers,
    }),
    foreignRows: new Counter({
      name: 'cloudsync_foreign_rows_total',
      help: 'Updates that other servers have committed, by how they came here',
      labelNames: ['source'],
      registers,
    }),
    commits: new Histogram({
      name: 'cloudsync_log_commit_seconds',
      help: 'Time of one commit of the update log: the lag of an acknowledgement',
      buckets: commitBuckets,
      registers,
    }),
    commitRows: new Histogram({
      name: 'cloudsync_log_commit_rows',
      help: 'Updates in one commit',
      buckets: [1, 2, 5, 10, 25, 50, 100, 250, 1000],
      registers,
    }),
    compactions: new Histogram({
      name: 'cloudsync_compaction_seconds',
      help: 'Time of one compaction',
      buckets: commitBuckets,
      registers,
    }),
  }
}
