import type { NodeId } from '@cloudsync/protocol'
import type { Trees } from '../model/entry.ts'
import type { PlanOptions } from '../model/plan.ts'
import type { NodeView } from './differences.ts'
import type { Fates } from './fates.ts'
import type { Return } from './returning.ts'
import type { Targets } from './targets.ts'

/** All that is decided before the first step is put down. */
export interface Situation {
  readonly trees: Trees
  readonly options: PlanOptions
  readonly views: ReadonlyMap<NodeId, NodeView>
  readonly fates: Fates
  readonly targets: Targets
  readonly returns: ReadonlyMap<NodeId, Return>
  /** What the disk calls those whose name it cannot hold. */
  readonly diskNames: ReadonlyMap<NodeId, string>
}
