import type { NodeId } from '@cloudsync/protocol'
import type { Access, Capability, NodeAccess } from '#features/access/index.ts'
import type { Database } from '#platform/db/database.ts'
import type { Caller } from '#platform/http/caller.ts'
import { ProblemError } from '#platform/problem-error.ts'
import { findLivingFolder } from './ancestry.ts'
import { readCopySource, type CopySource } from './copy-source.ts'
import type { TextReader } from './copy-source.ts'
import { refusal, type CommandRefusal, type TreeCommand } from './tree-command.ts'

export interface PlanParts {
  readonly db: Database
  readonly access: Access
  readonly live: TextReader
}

/** A command that its caller may give, with what must be held to run it. */
export interface PlannedCommand {
  readonly command: TreeCommand
  readonly folderIds: readonly NodeId[]
  /** Of a copy. */
  readonly source?: CopySource
  /** Of a restore: where the node comes back. */
  readonly restoreTo?: NodeId
}

export type CommandPlan = PlannedCommand | { readonly refused: CommandRefusal }

/** Finds out, before any lock is taken, who may do what and which folders are concerned. */
export async function planCommands(
  parts: PlanParts,
  caller: Caller,
  commands: readonly TreeCommand[],
): Promise<CommandPlan[]> {
  const planner = new Planner(parts, caller)
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

class Planner {
  readonly #parts: PlanParts
  readonly #caller: Caller
  /** What earlier commands of the request make: a folder, and files in it. */
  readonly #made = new Map<NodeId, { readonly parentId: NodeId }>()
  readonly #asked = new Map<string, Promise<NodeAccess>>()

  constructor(parts: PlanParts, caller: Caller) {
    this.#parts = parts
    this.#caller = caller
  }

  async plan(command: TreeCommand): Promise<PlannedCommand> {
    switch (command.type) {
      case 'create':
        await this.#requireFolder(command.parentId)
        this.#made.set(command.id, command)
        return { command, folderIds: [command.parentId] }
      case 'move':
        return this.#planMove(command)
      case 'copy': {
        await this.#require(command.id, 'read')
        await this.#requireFolder(command.parentId)
        const source = await readCopySource(this.#parts, command.id)
        this.#made.set(command.copyId, command)
        return { command, folderIds: [command.parentId], source }
      }
      case 'trash':
        return { command, folderIds: [await this.#parentOf(command.id)] }
      case 'restore': {
        const parentId = await this.#parentOf(command.id)
        const restoreTo = (await findLivingFolder(this.#parts.db.kysely, parentId))?.id
        if (restoreTo === undefined) throw new ProblemError('trashed')
        return { command, folderIds: [restoreTo], restoreTo }
      }
    }
  }

  async #planMove(command: Extract<TreeCommand, { type: 'move' }>): Promise<PlannedCommand> {
    if (command.conflictPolicy !== undefined) await this.#require(command.id, 'manage')
    if (command.parentId !== undefined) await this.#requireFolder(command.parentId)
    const isRoot =
      !this.#made.has(command.id) && (await this.#require(command.id, 'edit')).parentId === null
    if (isRoot && command.parentId === undefined && command.name === undefined)
      return { command, folderIds: [command.id] }
    const parentId = await this.#parentOf(command.id)
    return { command, folderIds: [parentId, command.parentId ?? parentId] }
  }

  /** The folder of a node that the caller may edit. */
  async #parentOf(id: NodeId): Promise<NodeId> {
    const made = this.#made.get(id)
    if (made) return made.parentId
    const { parentId } = await this.#require(id, 'edit')
    if (parentId === null)
      throw new ProblemError('bad_request', { detail: 'The root folder belongs to its space' })
    return parentId
  }

  async #requireFolder(id: NodeId): Promise<void> {
    if (this.#made.has(id)) return
    const folder = await this.#require(id, 'edit')
    if (folder.kind !== 'folder')
      throw new ProblemError('bad_request', { detail: 'The parent is no folder' })
    if (folder.isTrashed) throw new ProblemError('trashed')
  }

  /** Asked once per node and request. */
  #require(id: NodeId, capability: Capability): Promise<NodeAccess> {
    const key = `${id} ${capability}`
    let asked = this.#asked.get(key)
    if (!asked) {
      asked = this.#parts.access.requireNode(this.#caller.userId, id, capability)
      this.#asked.set(key, asked)
    }
    return asked
  }
}
