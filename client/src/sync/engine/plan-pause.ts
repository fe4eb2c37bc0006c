/** A new plan is made so many times as long after the last one as that took, while it is carried out. */
const planFactor = 10
/** … and as many times as long where nothing has happened but what it carried out itself. */
const ownFactor = 10

/** Most of the time is for what was planned; what its own steps made possible has more time yet. */
export function planPauseOf(planned: {
  readonly tookMs: number
  readonly atLeastMs: number
  /** Something has happened that the plan did not know of. */
  readonly isAnyNews: boolean
}): number {
  const { tookMs, atLeastMs, isAnyNews } = planned
  return Math.max(atLeastMs, planFactor * tookMs) * (isAnyNews ? 1 : ownFactor)
}
