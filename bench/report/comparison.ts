import type { PeerName } from '../peers/peer.ts'
import type { Comparison } from './report.ts'
import { median } from './statistics.ts'

/** The median over the rounds. */
export function figureOf(comparison: Comparison, peer: PeerName, key: string): number {
  return median(valuesOf(comparison, peer, key))
}

/**
 * Ours over theirs: the median of the rounds' own ratios, as what disturbs the machine disturbs
 * neighbouring measurements alike.
 */
export function ratioTo(comparison: Comparison, peer: PeerName, key: string): number {
  const ours = valuesOf(comparison, 'cloudsync', key)
  const theirs = valuesOf(comparison, peer, key)
  return median(ours.map((value, round) => value / (theirs[round] ?? Number.NaN)))
}

/** Ours less theirs, in the same way. */
export function differenceTo(comparison: Comparison, peer: PeerName, key: string): number {
  const ours = valuesOf(comparison, 'cloudsync', key)
  const theirs = valuesOf(comparison, peer, key)
  return median(ours.map((value, round) => value - (theirs[round] ?? Number.NaN)))
}

export function valuesOf(comparison: Comparison, peer: PeerName, key: string): number[] {
  return (comparison.samples[peer] ?? []).flatMap((sample) => sample[key] ?? [])
}
