import { UpdateReader } from './read-update.ts'
import { refusing, type RefusalReason } from './refusal.ts'
import { liveUpdateLimits, type ScanLimits } from './scan-limits.ts'
import type { UpdateScan, UpdateScanResult } from './update-scan.ts'

/**
 * Reads a Yjs update of version 1 without applying it, as the first thing that touches the bytes of a
 * client. What it takes, `Y.applyUpdate` takes without an error. Version 2 is refused as `malformed`: a
 * few bytes of it can cost gigabytes.
 *
 * Never throws, reads each byte once, and spends no more than the bytes that are there are worth,
 * whatever they claim. The bytes are not kept. It does not bound what Yjs needs to place concurrent
 * structs, which depends on the document (SPEC.md, "What the scanner does not see").
 */
export function scanUpdate(
  update: Uint8Array,
  limits: ScanLimits = liveUpdateLimits,
): UpdateScanResult {
  return refusing(() => new UpdateReader(update, limits).read())
}

/**
 * Judges an update that was scanned with wider limits by narrower ones; `undefined` when it keeps them.
 * So a client's first load of a local store, which stock providers send as a plain update, can be
 * scanned as a state, found to bring nothing new, and let pass.
 */
export function checkLimits(scan: UpdateScan, limits: ScanLimits): RefusalReason | undefined {
  if (scan.byteLength > limits.maxBytes) return 'too_large'
  if (scan.clientCount > limits.maxClients) return 'too_many_clients'
  if (scan.structCount + scan.gapCount > limits.maxStructs) return 'too_many_structs'
  if (scan.gapCount > limits.maxGaps) return 'too_many_gaps'
  if (scan.deletes.length > limits.maxDeleteRanges) return 'too_many_deletes'
  return undefined
}
