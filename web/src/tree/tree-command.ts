import type { Node, NodeId, SpaceId } from '@cloudsync/protocol'

export interface Move {
  readonly id: NodeId
  /** Where the person saw it. */
  readonly from: NodeId
  readonly to: NodeId
  readonly crossing?: Crossing | undefined
}

/** A move leads from one space into another. */
export interface Crossing {
  readonly from: SpaceId
  /** How the node looks in the other space until the server has answered. */
  readonly arrival: Node
}

export interface Copy {
  readonly id: NodeId
  readonly copyId: NodeId
  readonly parentId: NodeId
  /** How the copy looks until the server has answered. */
  readonly draft: Node
}

/** What to do where the folder has an entry of the name already. */
export type IfTaken = 'fail' | 'rename'

/** What a person does to a tree, as data: to be shown at once, sent, and taken back. */
export type TreeCommand =
  | { readonly kind: 'create'; readonly nodes: readonly Node[]; readonly ifTaken?: IfTaken }
  /** `from` is the name that the person saw. */
  | { readonly kind: 'rename'; readonly id: NodeId; readonly from: string; readonly to: string }
  | { readonly kind: 'move'; readonly moves: readonly Move[]; readonly ifTaken?: IfTaken }
  | { readonly kind: 'copy'; readonly copies: readonly Copy[]; readonly ifTaken?: IfTaken }
  | { readonly kind: 'trash'; readonly ids: readonly NodeId[] }
  /** Brings back what was trashed together. */
  | {
      readonly kind: 'untrash'
      readonly ids: readonly NodeId[]
      readonly batchIds: readonly string[]
    }
  /** Brings back single things out of the trash. */
  | { readonly kind: 'restore'; readonly ids: readonly NodeId[] }

/** What became of a command. */
export interface Outcome {
  readonly done: readonly Node[]
  readonly failed: readonly { readonly id: NodeId; readonly error: unknown }[]
  /** Of what was trashed. */
  readonly batchIds: readonly string[]
}

/** The nodes that a command is about; of a copy, the new ones. */
export function idsOf(command: TreeCommand): readonly NodeId[] {
  switch (command.kind) {
    case 'create':
      return command.nodes.map(({ id }) => id)
    case 'rename':
      return [command.id]
    case 'move':
      return command.moves.map(({ id }) => id)
    case 'copy':
      return command.copies.map(({ copyId }) => copyId)
    case 'trash':
    case 'untrash':
    case 'restore':
      return command.ids
  }
}

/** The same command for some of its nodes only; `undefined` when none is left. */
export function narrow(command: TreeCommand, ids: ReadonlySet<NodeId>): TreeCommand | undefined {
  if (!idsOf(command).some((id) => ids.has(id))) return undefined
  switch (command.kind) {
    case 'create':
      return { ...command, nodes: command.nodes.filter(({ id }) => ids.has(id)) }
    case 'rename':
      return command
    case 'move':
      return { ...command, moves: command.moves.filter(({ id }) => ids.has(id)) }
    case 'copy':
      return { ...command, copies: command.copies.filter(({ copyId }) => ids.has(copyId)) }
    case 'trash':
    case 'untrash':
    case 'restore':
      return { ...command, ids: command.ids.filter((id) => ids.has(id)) }
  }
}

/** What takes back the part of a command that was done; `undefined` when there is nothing to take back. */
export function invert(command: TreeCommand, outcome: Outcome): TreeCommand | undefined {
  const done = new Map(outcome.done.map((node) => [node.id, node]))
  const part = narrow(command, new Set(done.keys()))
  if (!part) return undefined
  switch (part.kind) {
    case 'create':
    case 'copy':
    case 'untrash':
    case 'restore':
      return { kind: 'trash', ids: idsOf(part) }
    case 'rename':
      return {
        kind: 'rename',
        id: part.id,
        from: done.get(part.id)?.name ?? part.to,
        to: part.from,
      }
    case 'move':
      return {
        kind: 'move',
        moves: part.moves.map((move) => takeBack(move, done.get(move.id))),
        ifTaken: 'rename',
      }
    case 'trash':
      return { kind: 'untrash', ids: part.ids, batchIds: outcome.batchIds }
  }
}

function takeBack({ id, from, to, crossing }: Move, moved: Node | undefined): Move {
  if (!crossing) return { id, from: to, to: from }
  const { arrival } = crossing
  return {
    id,
    from: to,
    to: from,
    crossing: {
      from: arrival.spaceId,
      arrival: { ...(moved ?? arrival), spaceId: crossing.from, parentId: from },
    },
  }
}
