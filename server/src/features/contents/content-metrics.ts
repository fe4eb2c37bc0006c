import type { StorageReport } from '@cloudsync/protocol'
import type { BlobMeasurement } from '@cloudsync/storage'
import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import type { StorageReports } from './storage-reports.ts'

const gauges = [
  ['cloudsync_storage_version_bytes', 'Bytes of all versions of all files', 'versionBytes'],
  ['cloudsync_storage_sealed_bytes', 'Bytes of all chunks, compressed and sealed', 'sealedBytes'],
  ['cloudsync_storage_pack_bytes', 'Bytes of all packs in the store', 'packBytes'],
  ['cloudsync_storage_damaged_chunks', 'Chunks that cannot be read', 'damagedChunks'],
  [
    'cloudsync_storage_dedup_ratio',
    'How much less is stored as pieces are kept once',
    'dedupRatio',
  ],
  ['cloudsync_storage_compression_ratio', 'How much less by compression', 'compressionRatio'],
] as const satisfies readonly (readonly [string, string, keyof StorageReport])[]

/** What is stored, and how the store does. Gives what a metered store calls. */
export function openContentMetrics(
  registry: Registry,
  reports: StorageReports,
): (measurement: BlobMeasurement) => void {
  const registers = [registry]
  for (const [name, help, key] of gauges)
    new Gauge({
      name,
      help,
      registers,
      async collect() {
        // Without a database the others are told all the same.
        const report = await reports.get().catch(() => undefined)
        if (report) this.set(report[key])
      },
    })
  const labelNames = ['operation', 'outcome'] as const
  const durations = new Histogram({
    name: 'cloudsync_store_call_seconds',
    help: 'Calls of the object store',
    labelNames,
    registers,
    buckets: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 30],
  })
  const bytes = new Counter({
    name: 'cloudsync_store_bytes_total',
    help: 'Bytes written to and read from the object store',
    labelNames: ['operation'],
    registers,
  })
  return ({ operation, durationMs, sizeBytes, outcome }) => {
    durations.observe({ operation, outcome }, durationMs / 1000)
    bytes.inc({ operation }, sizeBytes)
  }
}
