import type { Space, SpaceId } from '@cloudsync/protocol'

/** A space of which this person was given parts alone: its name, its root and its settings are out of sight. */
export interface SharedPlace {
  readonly kind: 'shared'
  readonly id: SpaceId
  readonly name: string
  readonly rootId: undefined
  /** The least that whoever sees anything of it has; more is known of each node. */
  readonly role: 'viewer'
  /** Where to follow its change feed from. */
  readonly seq: number
  readonly trashDays: undefined
}

/** A space as somebody sees it who may be no member of it. */
export type SeenSpace = Space | SharedPlace
