/** How much work a comparison may do, counted in steps so that the outcome is the same on every machine. */
export interface StepBudget {
  left: number
}

/** `a[aFrom, aTo)` stands where `b[bFrom, bTo)` stands; what lies between two gaps is the same on both sides. */
export interface Gap {
  readonly aFrom: number
  readonly aTo: number
  readonly bFrom: number
  readonly bTo: number
}

/** More edits than that in one stretch are not searched for: the memory is quadratic in them. */
const maxEdits = 1_000

/**
 * Aligns two sequences of tokens, given as numbers from 0 on without large gaps, and gives where they
 * differ, in order.
 *
 * Tokens that occur once on both sides are anchors where their order agrees (patience diff, B. Cohen
 * 2003); between anchors the shortest edit script is taken (E. Myers, "An O(ND) Difference Algorithm",
 * 1986). A stretch that is beyond `maxEdits` or the budget becomes one gap. Takes what it uses from
 * `budget`.
 */
export function alignSequences(a: Int32Array, b: Int32Array, budget: StepBudget): Gap[] {
  const partners = new Int32Array(a.length).fill(-1)
  const anchors = new AnchorFinder(a, b)
  const waiting: Gap[] = [{ aFrom: 0, aTo: a.length, bFrom: 0, bTo: b.length }]
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const gap = matchEnds(a, b, next, partners)
    if (gap.aFrom === gap.aTo || gap.bFrom === gap.bTo || budget.left <= 0) continue
    budget.left -= gap.aTo - gap.aFrom + gap.bTo - gap.bFrom
    const pairs = anchors.find(gap)
    if (pairs.length === 0) matchShortest(a, b, gap, partners, budget)
    else for (const part of splitAt(gap, pairs, partners)) waiting.push(part)
  }
  return gapsBetween(partners, b.length)
}

interface Pair {
  readonly a: number
  readonly b: number
}

/** Matches what is the same at both ends of the gap and gives what is left of it. */
function matchEnds(a: Int32Array, b: Int32Array, gap: Gap, partners: Int32Array): Gap {
  let { aFrom, aTo, bFrom, bTo } = gap
  while (aFrom < aTo && bFrom < bTo && a[aFrom] === b[bFrom]) partners[aFrom++] = bFrom++
  while (aFrom < aTo && bFrom < bTo && a[aTo - 1] === b[bTo - 1]) partners[--aTo] = --bTo
  return { aFrom, aTo, bFrom, bTo }
}

const [absent, repeated] = [-1, -2]

/** Finds anchors in any stretch of two sequences, with tables of all tokens that are made only once. */
class AnchorFinder {
  readonly #a: Int32Array
  readonly #b: Int32Array
  /** Per token: its one place in the stretch, `absent` or `repeated`. All `absent` between calls. */
  readonly #placesA: Int32Array
  readonly #placesB: Int32Array

  constructor(a: Int32Array, b: Int32Array) {
    this.#a = a
    this.#b = b
    const tokens = Math.max(highest(a), highest(b)) + 1
    this.#placesA = new Int32Array(tokens).fill(absent)
    this.#placesB = new Int32Array(tokens).fill(absent)
  }

  /** Tokens that occur once on each side of the gap: of these the longest run in the order of both. */
  find(gap: Gap): Pair[] {
    const a = this.#a.subarray(gap.aFrom, gap.aTo)
    const b = this.#b.subarray(gap.bFrom, gap.bTo)
    enter(a, gap.aFrom, this.#placesA)
    enter(b, gap.bFrom, this.#placesB)
    const pairs: Pair[] = []
    for (const token of a) {
      const place = this.#placesA[token] ?? absent
      const other = this.#placesB[token] ?? absent
      if (place >= 0 && other >= 0) pairs.push({ a: place, b: other })
    }
    for (const token of a) this.#placesA[token] = absent
    for (const token of b) this.#placesB[token] = absent
    return longestIncreasing(pairs)
  }
}

function enter(tokens: Int32Array, offset: number, places: Int32Array): void {
  for (const [index, token] of tokens.entries())
    places[token] = places[token] === absent ? offset + index : repeated
}

function highest(tokens: Int32Array): number {
  let found = -1
  for (const token of tokens) if (token > found) found = token
  return found
}

/** The longest subsequence of `pairs`, which are sorted by `a`, that is sorted by `b` too. */
function longestIncreasing(pairs: readonly Pair[]): Pair[] {
  const tails: number[] = []
  const previous = new Int32Array(pairs.length).fill(-1)
  for (const [index, pair] of pairs.entries()) {
    let low = 0
    for (let high = tails.length; low < high;) {
      const middle = (low + high) >>> 1
      if ((pairs[tails[middle] ?? 0]?.b ?? 0) < pair.b) low = middle + 1
      else high = middle
    }
    previous[index] = low > 0 ? (tails[low - 1] ?? -1) : -1
    tails[low] = index
  }
  const longest: Pair[] = []
  for (let index = tails.at(-1) ?? -1; index >= 0; index = previous[index] ?? -1) {
    const pair = pairs[index]
    if (pair) longest.push(pair)
  }
  return longest.toReversed()
}

/** Matches the anchors and gives the stretches between them. */
function splitAt(gap: Gap, anchors: readonly Pair[], partners: Int32Array): Gap[] {
  const parts: Gap[] = []
  let [aFrom, bFrom] = [gap.aFrom, gap.bFrom]
  for (const anchor of anchors) {
    partners[anchor.a] = anchor.b
    parts.push({ aFrom, aTo: anchor.a, bFrom, bTo: anchor.b })
    aFrom = anchor.a + 1
    bFrom = anchor.b + 1
  }
  parts.push({ aFrom, aTo: gap.aTo, bFrom, bTo: gap.bTo })
  // The first stretch is taken from the stack first: the budget is spent from the start of the text.
  return parts.toReversed()
}

/**
 * Myers' greedy search. `reach[k]` is how far one gets in `a` on diagonal `k` (place in `a` − place in
 * `b`) with so many edits; `history` keeps it from before each round, for the way back.
 */
function matchShortest(
  a: Int32Array,
  b: Int32Array,
  gap: Gap,
  partners: Int32Array,
  budget: StepBudget,
): void {
  const [lengthA, lengthB] = [gap.aTo - gap.aFrom, gap.bTo - gap.bFrom]
  const most = Math.min(lengthA + lengthB, maxEdits)
  const zero = most + 1
  const reach = new Int32Array(2 * most + 3)
  const history: Int32Array[] = []
  for (let edits = 0; edits <= most && budget.left > 0; edits += 1) {
    history.push(reach.slice(zero - edits - 1, zero + edits + 2))
    for (let k = -edits; k <= edits; k += 2) {
      const start = stepTo(reach, zero, k, edits).x
      let x = start
      while (x < lengthA && x - k < lengthB && a[gap.aFrom + x] === b[gap.bFrom + x - k]) x += 1
      budget.left -= x - start + 1
      reach[zero + k] = x
      if (x < lengthA || x - k < lengthB) continue
      matchBack(history, gap, k, partners)
      return
    }
  }
}

/** Where diagonal `k` is entered in round `edits`, and from which diagonal: above by an insertion, below by a deletion. */
function stepTo(
  reach: Int32Array,
  zero: number,
  k: number,
  edits: number,
): { x: number; from: number } {
  const above = reach[zero + k + 1] ?? 0
  const below = reach[zero + k - 1] ?? 0
  return k === -edits || (k !== edits && below < above)
    ? { x: above, from: k + 1 }
    : { x: below + 1, from: k - 1 }
}

/** Follows the found way from its end and matches what lies on its diagonals. */
function matchBack(
  history: readonly Int32Array[],
  gap: Gap,
  lastK: number,
  partners: Int32Array,
): void {
  let x = gap.aTo - gap.aFrom
  let k = lastK
  for (const [index, reach] of history.toReversed().entries()) {
    const edits = history.length - 1 - index
    const step = stepTo(reach, edits + 1, k, edits)
    for (; x > step.x; x -= 1) partners[gap.aFrom + x - 1] = gap.bFrom + x - 1 - k
    x = step.from > k ? step.x : step.x - 1
    k = step.from
  }
}

function gapsBetween(partners: Int32Array, lengthB: number): Gap[] {
  const gaps: Gap[] = []
  let [aFrom, bFrom] = [0, 0]
  const close = (aTo: number, bTo: number) => {
    if (aTo > aFrom || bTo > bFrom) gaps.push({ aFrom, aTo, bFrom, bTo })
  }
  for (const [index, partner] of partners.entries()) {
    if (partner < 0) continue
    close(index, partner)
    aFrom = index + 1
    bFrom = partner + 1
  }
  close(partners.length, lengthB)
  return gaps
}
