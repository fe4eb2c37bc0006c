import type { Node, NodeId } from '@cloudsync/protocol'
import type { Abilities } from '../access/abilities.ts'
import type { TreeClip } from '../tree/clipboard.ts'

/**
 * What can be done in a list of files, and to what. Menus, toolbars and keys are made from the same
 * actions (`file-actions.ts`), which call these.
 */
export interface FileCommands {
  /** What the person may do with the folder itself. */
  readonly mayInFolder: Abilities
  /** What they may do with the rows. */
  readonly may: Abilities
  /** The rows that an action is about: the selected ones, or else the one with the focus. */
  readonly nodes: readonly Node[]
  readonly clip: TreeClip | undefined
  readonly parentId: NodeId | null
  readonly open: (node: Node) => void
  readonly share: (node: Node) => void
  readonly openInTab: (node: Node) => void
  readonly showVersions: (node: Node) => void
  readonly download: (nodes: readonly Node[]) => void
  readonly copyLink: (node: Node) => void
  readonly showDetails: () => void
  readonly quickLook: (node: Node) => void
  readonly startRename: (id: NodeId) => void
  readonly pickTarget: (mode: 'move' | 'copy', nodes: readonly Node[]) => void
  readonly clipNodes: (mode: 'cut' | 'copy', nodes: readonly Node[]) => void
  readonly paste: () => void
  readonly duplicate: (nodes: readonly Node[]) => void
  readonly trash: (nodes: readonly Node[]) => void
  readonly startNaming: (kind: 'text' | 'folder') => void
  readonly undo: () => void
  readonly redo: () => void
  readonly selectAll: () => void
  readonly clear: () => void
  readonly goUp: () => void
}
