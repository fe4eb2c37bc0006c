/** What a scan of an update takes at most. All counts are of one update. */
export interface ScanLimits {
  readonly maxBytes: number
  /** Client ids under which the update brings structs. Delete sets name many more and are not counted. */
  readonly maxClients: number
  /** Structs, `Skip` included. */
  readonly maxStructs: number
  /** Places where structs of a client are left out (`Skip`). */
  readonly maxGaps: number
  readonly maxDeleteRanges: number
  /** Objects and arrays inside each other, in `Any` and in JSON. */
  readonly maxDepth: number
  /** No client id is above. Yjs 13 draws 32 bits, Yjs 14 and yrs up to 53. */
  readonly maxClientId: number
  /** No struct and no deleted range ends above, and no reference points above. */
  readonly maxClock: number
}

const maxClientId = Number.MAX_SAFE_INTEGER
const maxClock = 2 ** 31 - 1

/**
 * For what a person does in one go. Yjs needs 0.4 s for 20,000 replacements and 22 s for 70,000
 * (quadratic), in the author's own browser too.
 */
export const liveUpdateLimits: ScanLimits = {
  maxBytes: 1024 * 1024,
  maxClients: 64,
  maxStructs: 20_000,
  maxGaps: 1_000,
  maxDeleteRanges: 20_000,
  maxDepth: 64,
  maxClientId,
  maxClock,
}

/**
 * For a whole state: a SyncStep2, a client that was offline for weeks, the first load of a local store.
 * A SyncStep2 carries the delete set of the whole document each time, whoever deleted.
 */
export const stateUpdateLimits: ScanLimits = {
  maxBytes: 64 * 1024 * 1024,
  maxClients: 10_000,
  maxStructs: 4_000_000,
  maxGaps: 100_000,
  maxDeleteRanges: 1_000_000,
  maxDepth: 64,
  maxClientId,
  maxClock,
}
