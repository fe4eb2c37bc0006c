import type { PeerName } from '../peers/peer.ts'

/** The figures of one round with one server, by the names of the columns. */
export type Sample = Readonly<Record<string, number>>

export interface Column {
  /** Of the figure in a `Sample`. */
  readonly key: string
  readonly title: string
  readonly digits: number
}

/** One measurement with all servers, in rounds that take turns. */
export interface Comparison {
  readonly title: string
  readonly columns: readonly Column[]
  readonly samples: Readonly<Partial<Record<PeerName, readonly Sample[]>>>
  /** Figures to set against each other, ours over theirs, round by round. */
  readonly ratios: readonly string[]
  /** What else ran on the machine meanwhile, in cores, by round; empty where nobody can tell. */
  readonly foreignCores: readonly number[]
  /** Rounds that others disturbed so much that they were measured again. */
  readonly repeatedRounds: number
}

export interface Goal {
  readonly text: string
  readonly measured: string
  readonly isMet: boolean
}

export interface Table {
  readonly title: string
  readonly header: readonly string[]
  readonly rows: readonly (readonly string[])[]
}

export interface Report {
  readonly name: string
  readonly title: string
  /** How it was measured, a line each. */
  readonly method: readonly string[]
  readonly comparisons: readonly Comparison[]
  readonly tables: readonly Table[]
  readonly goals: readonly Goal[]
  /** What a later run needs that measures only some parts of it. */
  readonly parts?: Readonly<Record<string, unknown>>
}
