/** A new plan is made so many times as long after the last one as that took, while it is carried out. */
const planFactor = 10
/** … and more of the time, where whoever waits for the next one has it so soon all the same. */
const soonMs = 2000
const soonFactor = 25
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
  const soon = Math.min(soonFactor * tookMs, soonMs)
  return Math.max(atLeastMs, planFactor * tookMs, soon) * (isAnyNews ? 1 : ownFactor)
}
