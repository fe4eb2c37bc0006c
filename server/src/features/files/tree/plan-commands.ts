import type { FileMode, NodeId, NodeKind, Permission, SpaceId } from '@cloudsync/protocol'
import { sql } from 'kysely'
import type { Access, AccessNotifier, NodeAccess } from '#features/access/index.ts'
import type { Database } from '#platform/db/database.ts'
import type { Caller } from '#platform/http/caller.ts'
import { ProblemError, refusable } from '#platform/problem-error.ts'
import { asFolder } from './closed-below.ts'
import { CommandAccess } from './command-access.ts'
import { readCopySource, type CopySource } from './copy-source.ts'
import type { TextReader } from './copy-source.ts'
import {
  chosenIds,
  namedIds,
  refusal,
  type CommandRefusal,
  type MoveCommand,
  type TreeCommand,
} from './tree-command.ts'
import { findWayBack, foldersOf, spacesMovedIn, type Return } from './way-back.ts'

export interface PlanParts {
  readonly db: Database
  readonly access: Access & AccessNotifier
  readonly live: TextReader
}

/** A command that its caller may give, with what must be held to run it. */
export interface PlannedCommand {
  readonly command: TreeCommand
  /** Those that are there: a folder that the request itself makes is held from then on. */
  readonly folderIds: readonly NodeId[]
  /** Of a copy. */
  readonly source?: CopySource
  /** Of a restore: the private folders that come back with it. */
  readonly returns?: readonly NodeId[]
  /** What earlier commands of the request have to make first; nobody was asked for access to it. */
  readonly restsOn: readonly NodeId[]
  /** Where it may give a folder another parent. */
  readonly movesIn: readonly SpaceId[]
}

type Plan = Omit<PlannedCommand, 'command' | 'restsOn' | 'movesIn'> &
  Partial<Pick<PlannedCommand, 'movesIn'>>

export type CommandPlan = PlannedCommand | { readonly refused: CommandRefusal }

/** Finds out, before any lock is taken, who may do what and which folders are concerned. */
export async function planCommands(
  parts: PlanParts,
  caller: Caller,
  commands: readonly TreeCommand[],
): Promise<CommandPlan[]> {
  const access = await CommandAccess.open(parts, caller.userId, commands)
  // Whether a node is there that a command makes is asked where another rests on it.
  const named = new Set(commands.flatMap(namedIds))
  const chosen = commands.flatMap(chosenIds).filter((id) => named.has(id))
  const existing = await listExisting(parts, chosen)
  const planner = new Planner(parts, caller, { access, existing })
  const plans: CommandPlan[] = []
  for (const command of commands) {
    try {
      plans.push(await planner.plan(command))
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error
      plans.push({ refused: refusal(error) })
    }
  }
  return plans
}

/** Those of the ids that there are nodes of. */
async function listExisting(
  { db }: PlanParts,
  ids: readonly NodeId[],
): Promise<ReadonlySet<NodeId>> {
  if (ids.length === 0) return new Set()
  const { rows } = await sql<{ id: NodeId }>`
    SELECT id FROM nodes WHERE id = ANY(${ids}::uuid[])`.execute(db.kysely)
  return new Set(rows.map(({ id }) => id))
}

/** Throws `invalid_mode` for what is no empty file that may have it. */
function requireMode(kind: NodeKind, mode: FileMode | undefined): void {
  const isFine = mode === undefined || (kind === 'text' && mode !== 'symlink')
  if (!isFine) throw new ProblemError('invalid_mode')
}

class Planner {
  readonly #parts: PlanParts
  readonly #caller: Caller
  readonly #access: CommandAccess
  /**
   * What an earlier request has made, or somebody else: whoever made a node need not have it any more, so
   * the caller is asked for access to it as to any other.
   */
  readonly #existing: ReadonlySet<NodeId>
  /** What earlier commands of the request make: a folder, and files in it. */
  readonly #made = new Map<NodeId, { readonly parentId: NodeId }>()
  /** What earlier commands of the request bring back. */
  readonly #revived = new Set<NodeId>()
  #restsOn = new Set<NodeId>()

  constructor(
    parts: PlanParts,
    caller: Caller,
    {
      access,
      existing,
    }: { readonly access: CommandAccess; readonly existing: ReadonlySet<NodeId> },
  ) {
    this.#parts = parts
    this.#caller = caller
    this.#access = access
    this.#existing = existing
  }

  async plan(command: TreeCommand): Promise<PlannedCommand> {
    this.#restsOn = new Set()
    const plan = await this.#plan(command)
    const folderIds = plan.folderIds.filter((id) => !this.#made.has(id))
    return { movesIn: [], ...plan, folderIds, command, restsOn: [...this.#restsOn] }
  }

  async #plan(command: TreeCommand): Promise<Plan> {
    switch (command.type) {
      case 'create':
        if (command.kind === 'blob')
          throw new ProblemError('bad_request', { detail: 'A file of bytes is made by its upload' })
        requireMode(command.kind, command.mode)
        await this.#requireFolder(command.parentId)
        this.#make(command.id, command)
        return { folderIds: [command.parentId] }
      case 'move':
        return this.#planMove(command)
      case 'copy': {
        if ((await this.#require(command.id, 'node.read')).isTrashed)
          throw new ProblemError('trashed')
        await this.#requireFolder(command.parentId)
        const source = await readCopySource(this.#parts, this.#caller.userId, command.id)
        this.#make(command.copyId, command)
        return { folderIds: [command.parentId], source }
      }
      case 'trash':
        return { folderIds: [await this.#removableFrom(command.id)] }
      case 'restore':
        return this.#planRestore(command.id)
    }
  }

  async #planRestore(id: NodeId): Promise<Plan> {
    const parentId = await this.#parentOf(id, 'node.delete')
    // What was trashed by this request comes back to where it was made by it.
    if (this.#isMade(id)) return { folderIds: [parentId] }
    const way = await findWayBack(this.#parts.db.kysely, id, this.#revived)
    if (!way) throw new ProblemError('trashed')
    for (const step of way)
      if (step.row.id === id) await asFolder(this.#require(step.folder.id, 'node.create'))
      else await this.#requireFolderBack(step)
    const returns = way.map(({ row }) => row.id)
    for (const each of returns) this.#revived.add(each)
    return { folderIds: foldersOf(way), returns, movesIn: spacesMovedIn(way) }
  }

  /** Throws `trashed` to who may not bring back the private folder without which a node cannot come back. */
  async #requireFolderBack({ row, folder }: Return): Promise<void> {
    const asked = await refusable(async () => {
      await this.#require(row.id, 'node.delete')
      if (row.trashed_at === null && row.parent_id !== null)
        await this.#require(row.parent_id, 'node.edit')
      await this.#require(folder.id, 'node.create')
    })
    if (asked instanceof ProblemError)
      throw new ProblemError('trashed', {
        detail: 'The folder that it lies in is in the trash too',
      })
  }

  async #planMove(command: MoveCommand): Promise<Plan> {
    const { id, conflictPolicy, name, parentId: wantedId } = command
    if (wantedId === undefined && name === undefined) {
      if (this.#isMade(id)) return { folderIds: [await this.#parentOf(id, 'node.edit')] }
      const permission = conflictPolicy === undefined ? 'node.edit' : 'node.manage'
      const { parentId } = await this.#require(id, permission)
      return { folderIds: [parentId ?? id] }
    }
    if (conflictPolicy !== undefined && !this.#isMade(id)) await this.#require(id, 'node.manage')
    if (wantedId !== undefined) await this.#requireFolder(wantedId)
    const parentId = await this.#parentOf(id, 'node.edit')
    if (!this.#isMade(parentId)) await asFolder(this.#require(parentId, 'node.edit'))
    const to = wantedId ?? parentId
    if (to === parentId) return { folderIds: [to] }
    await this.#removableFrom(id)
    return { folderIds: [parentId, to], movesIn: await this.#spacesOf([id, to]) }
  }

  /** The folder of a node that the caller may take out of it. */
  async #removableFrom(id: NodeId): Promise<NodeId> {
    const parentId = await this.#parentOf(id, 'node.delete')
    if (!this.#isMade(parentId)) await asFolder(this.#require(parentId, 'node.edit'))
    return parentId
  }

  /** Where folders among these are; what is only going to be made cannot be part of a circle yet. */
  async #spacesOf(ids: readonly NodeId[]): Promise<SpaceId[]> {
    const asked = await Promise.all(
      ids.filter((id) => !this.#made.has(id)).map((id) => this.#require(id, 'node.read')),
    )
    return asked.some(({ kind }) => kind !== 'folder') ? [] : asked.map(({ spaceId }) => spaceId)
  }

  #make(id: NodeId, { parentId }: { readonly parentId: NodeId }): void {
    if (!this.#existing.has(id)) this.#made.set(id, { parentId })
  }

  #isMade(id: NodeId): boolean {
    if (!this.#made.has(id)) return false
    this.#restsOn.add(id)
    return true
  }

  /** The folder of a node with which the caller may do this. */
  async #parentOf(id: NodeId, permission: Permission): Promise<NodeId> {
    const made = this.#isMade(id) ? this.#made.get(id) : undefined
    if (made) return made.parentId
    const { parentId } = await this.#require(id, permission)
    if (parentId === null)
      throw new ProblemError('bad_request', { detail: 'The root folder belongs to its space' })
    return parentId
  }

  async #requireFolder(id: NodeId): Promise<void> {
    if (this.#isMade(id)) return
    const folder = await this.#require(id, 'node.create')
    if (folder.kind !== 'folder')
      throw new ProblemError('bad_request', { detail: 'The parent is no folder' })
    if (folder.isTrashed) throw new ProblemError('trashed')
  }

  #require(id: NodeId, permission: Permission): Promise<NodeAccess> {
    return this.#access.require(id, permission)
  }
}
