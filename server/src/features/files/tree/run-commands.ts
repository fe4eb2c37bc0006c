import type { NodeId } from '@cloudsync/protocol'
import { v7 as uuidv7 } from 'uuid'
import type { LiveDocuments } from '#features/live/index.ts'
import type { Caller } from '#platform/http/caller.ts'
import { ProblemError } from '#platform/problem-error.ts'
import type { ServedContents } from '../content/served-contents.ts'
import { findPurged } from '../nodes/find-purged.ts'
import type { NodeRow } from '../nodes/node-reader.ts'
import { changeTree, type TreeParts } from './change-tree.ts'
import { copyNode } from './copy-node.ts'
import { findMoveConflict, openMoveConflict } from './move-conflict.ts'
import { lockMoves, moveNode } from './move-node.ts'
import {
  planCommands,
  type CommandPlan,
  type PlanParts,
  type PlannedCommand,
} from './plan-commands.ts'
import type { IdempotentRequest } from '#platform/http/idempotency.ts'
import {
  chosenIds,
  refusal,
  type CommandOutcome,
  type MoveCommand,
  type TreeCommand,
} from './tree-command.ts'
import { bringBack } from './restore-node.ts'
import { FolderNotHeldError, parentOf, readLogSeq, type TreeWriter } from './tree-writer.ts'
import { hasUnseenBelow } from './unseen-below.ts'
import { findWayBack, isThere } from './way-back.ts'

export interface CommandParts extends PlanParts, TreeParts {
  readonly served: ServedContents
  readonly live: Pick<LiveDocuments, 'readText' | 'createTexts' | 'closeDocument' | 'reviewAccess'>
}

interface CommandsOutcome {
  readonly batchId: string
  readonly outcomes: readonly CommandOutcome[]
}

export interface CommandsAnswer extends CommandsOutcome {
  /** The nodes as the commands have left them, as far as that is known. */
  readonly rows: ReadonlyMap<NodeId, NodeRow>
}

/** How often somebody may move a node away while we are about to. */
const maxAttempts = 5

/**
 * Runs commands in their order, in one transaction; each succeeds or is refused by itself. The same
 * request again gives what it gave.
 */
export async function runCommands(
  parts: CommandParts,
  caller: Caller,
  commands: readonly TreeCommand[],
  request?: IdempotentRequest,
): Promise<CommandsAnswer> {
  for (let attempt = 1; ; attempt++) {
    const plans = await planCommands(parts, caller, commands)
    const folderIds = plans.flatMap((plan) => ('refused' in plan ? [] : plan.folderIds))
    const onlyMakes = commands.every(({ type }) => type === 'create' || type === 'copy')
    const change = { folderIds, actorId: caller.userId, request, onlyMakes }
    let last: { readonly run: CommandRun; readonly outcome: CommandsOutcome } | undefined
    try {
      const outcome = await changeTree(parts, change, async (tree) => {
        const run = new CommandRun(parts, tree, caller)
        last = { run, outcome: await run.run(plans) }
        return last.outcome
      })
      // What an earlier request has given is not what this one has left.
      return { ...outcome, rows: last?.outcome === outcome ? last.run.rows : new Map() }
    } catch (error) {
      // A folder was purged when it was to be held, or a node is in another one than it was.
      const isStale =
        error instanceof FolderNotHeldError ||
        (error instanceof ProblemError && error.code === 'not_found')
      if (!isStale) throw error
      if (attempt === maxAttempts) throw new ProblemError('unavailable', { cause: error })
    }
  }
}

class CommandRun {
  readonly #parts: CommandParts
  readonly #tree: TreeWriter
  readonly #caller: Caller
  readonly #batchId = uuidv7()
  #rows = new Map<NodeId, NodeRow>()
  /** Rows that were read anew do not hear of their place in the feed. */
  #isReadAnew = false
  readonly #purged = new Set<NodeId>()
  /** What the request makes, not what an earlier one has made. */
  readonly #made = new Set<NodeId>()

  constructor(parts: CommandParts, tree: TreeWriter, caller: Caller) {
    this.#parts = parts
    this.#tree = tree
    this.#caller = caller
  }

  /** Since the commit: the nodes as they are now. */
  get rows(): ReadonlyMap<NodeId, NodeRow> {
    return this.#isReadAnew ? new Map() : this.#rows
  }

  async run(plans: readonly CommandPlan[]): Promise<CommandsOutcome> {
    const planned = plans.flatMap((plan) => ('refused' in plan ? [] : [plan]))
    // Before the rows: two moves that each hold the other's target would wait for each other.
    await lockMoves(
      this.#tree.tx,
      planned.flatMap(({ movesIn }) => movesIn),
    )
    await this.#lock(planned)
    const outcomes: CommandOutcome[] = []
    for (const plan of plans)
      outcomes.push('refused' in plan ? plan.refused : await this.#try(plan))
    return { batchId: this.#batchId, outcomes }
  }

  async #lock(planned: readonly PlannedCommand[]): Promise<void> {
    const ids = planned.flatMap(({ command, returns = [] }) => [
      ...(command.type === 'create' ? [] : [command.id]),
      ...chosenIds(command),
      ...returns,
    ])
    this.#rows = await this.#tree.nodes.lockAll([...new Set(ids)])
    const chosen = planned.flatMap(({ command }) => chosenIds(command))
    for (const id of await findPurged(this.#tree.tx, chosen)) this.#purged.add(id)
  }

  async #try(plan: PlannedCommand): Promise<CommandOutcome> {
    try {
      for (const id of plan.restsOn) this.#requireMade(id)
      return await this.#step(plan)
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error
      return refusal(error)
    }
  }

  async #step({ command, source, returns = [] }: PlannedCommand): Promise<CommandOutcome> {
    switch (command.type) {
      case 'create':
        return this.#create(command)
      case 'copy': {
        const twin = this.#twinOf(command.copyId, command.parentId)
        if (twin) return this.#done(twin, false)
        if (!source) throw new ProblemError('not_found')
        const copy = await copyNode(this.#tree, this.#parts.live, source, command)
        return this.#doneMaking(copy)
      }
      case 'move': {
        const row = this.#held(command.id)
        requireSeq(row, command.ifSeq)
        return this.#move(row, command)
      }
      case 'trash': {
        const row = this.#held(command.id)
        if (row.trashed_at !== null) return this.#done(row, false)
        requireSeq(row, command.ifSeq)
        await this.#requireSeenBelow(row, command.ifSeqBelow)
        const logSeq = command.ifSeq === undefined ? undefined : await this.#requireTold(row)
        return this.#done(await this.#trash(row, logSeq), false)
      }
      case 'restore': {
        return this.#done(await this.#restore(command, returns), false)
      }
    }
  }

  async #create(command: Extract<TreeCommand, { type: 'create' }>): Promise<CommandOutcome> {
    const { id, parentId, name, kind, ifTaken, mode } = command
    const twin = this.#twinOf(id, parentId)
    if (twin) {
      if (twin.kind !== kind || (twin.name !== name && ifTaken === 'fail'))
        throw new ProblemError('id_taken')
      return this.#done(twin, false)
    }
    const file = kind === 'text' ? { sizeBytes: 0 } : {}
    const row = await this.#tree.insert({ id, parentId, name, kind, mode, ...file }, ifTaken)
    if (kind === 'text') {
      await this.#parts.live.createTexts(
        this.#tree.tx,
        [{ nodeId: id, text: '' }],
        this.#caller.userId,
      )
      await this.#parts.served.rememberFirst(this.#tree.tx, this.#caller.sessionId, [id])
    }
    return this.#doneMaking(row)
  }

  async #move(row: NodeRow, command: MoveCommand): Promise<CommandOutcome> {
    const { conflictPolicy, name, parentId, mode } = command
    if (mode !== undefined) requireChangeableMode(row)
    const conflict = await findMoveConflict(this.#tree.tx, row, command)
    if (conflict === 'ask') {
      const move = { ...command, actorId: this.#caller.userId, now: this.#parts.clock.now() }
      const conflictId = await openMoveConflict(this.#tree, row, move)
      return refusal(new ProblemError('tree_conflict', { extensions: { conflictId } }))
    }
    let moved = row
    if (name !== undefined || parentId !== undefined)
      moved = await moveNode(this.#tree, row, { ...command, actorId: this.#caller.userId })
    // What lies below is in another space too now.
    if (moved.space_id !== row.space_id) {
      this.#rows = await this.#tree.nodes.lockAll([...this.#rows.keys()])
      this.#isReadAnew = true
    }
    if (conflictPolicy !== undefined) {
      if (row.kind !== 'folder')
        throw new ProblemError('bad_request', { detail: 'Only a folder has a conflict policy' })
      moved = await this.#tree.nodes.update(moved, { conflict_policy: conflictPolicy })
      const payload = { conflictPolicy }
      this.#tree.nodes.note(moved, 'folder.policy_changed', this.#caller.userId, payload)
    }
    if (mode !== undefined && mode !== row.mode)
      moved = await this.#tree.nodes.setMode(moved, mode, this.#caller.userId)
    return this.#done(moved, false)
  }

  /**
   * An edit that is durable and not in the feed yet is one that whoever deletes the text has not seen. Gives up to where
   * in the log they have.
   */
  async #requireTold(row: NodeRow): Promise<number | undefined> {
    if (row.kind !== 'text' || row.touched_seq === null) return undefined
    const logSeq = await readLogSeq(this.#tree.tx, row.id)
    if ((logSeq ?? 0) > row.touched_seq) throw hasChanged(row)
    return logSeq ?? undefined
  }

  async #requireSeenBelow(row: NodeRow, ifSeqBelow: number | undefined): Promise<void> {
    if (row.kind !== 'folder' || ifSeqBelow === undefined) return
    if (await hasUnseenBelow(this.#tree.tx, row.id, ifSeqBelow))
      throw new ProblemError('precondition_failed', {
        detail: 'Something in it has changed since',
        extensions: { seq: row.rev },
      })
  }

  async #trash(row: NodeRow, logSeq: number | undefined): Promise<NodeRow> {
    parentOf(row)
    const { live } = this.#parts
    // Who has it open is sent away; what was received is written first.
    this.#tree.afterCommit(() => {
      const closed =
        row.kind === 'text' ? live.closeDocument(row.id, 'trashed') : live.reviewAccess()
      closed.catch(() => undefined)
    })
    return this.#tree.trash(row, { batchId: this.#batchId, logSeq })
  }

  #done(row: NodeRow, isNew: boolean): CommandOutcome {
    this.#rows.set(row.id, row)
    return { ok: true, nodeId: row.id, isNew }
  }

  #doneMaking(row: NodeRow): CommandOutcome {
    this.#made.add(row.id)
    return this.#done(row, true)
  }

  /** Throws for what a command rests on and the request has not made: nobody was asked for access to it. */
  #requireMade(id: NodeId): void {
    if (this.#made.has(id)) return
    // Another request was faster: now it is there to be asked for.
    if (this.#rows.has(id)) throw new FolderNotHeldError()
    throw new ProblemError('not_found')
  }

  #row(id: NodeId): NodeRow {
    const row = this.#rows.get(id)
    if (!row) throw new ProblemError('not_found')
    return row
  }

  /** The row of a node whose folder is held. */
  #held(id: NodeId): NodeRow {
    const row = this.#row(id)
    if (row.parent_id !== null && !this.#tree.holds(row.parent_id)) throw new FolderNotHeldError()
    return row
  }

  /**
   * What is in no trash itself may be in a folder there, and comes out of it. What lived when the locks were chosen
   * may not now.
   */
  async #restore(
    { id, ifSeq }: Extract<TreeCommand, { type: 'restore' }>,
    returns: readonly NodeId[],
  ): Promise<NodeRow> {
    const row = this.#row(id)
    const way = await findWayBack(this.#tree.tx, id)
    if (way?.every(isThere)) return row
    requireSeq(row, ifSeq)
    if (!way?.every(({ folder }) => this.#tree.holds(folder.id))) throw new FolderNotHeldError()
    // The request itself has put away a private folder meanwhile, and the caller was not asked for it.
    if (way.some((step) => step.row.id !== id && !returns.includes(step.row.id)))
      throw new ProblemError('trashed')
    const back = await bringBack(this.#tree, way, 'asked')
    for (const each of back) this.#rows.set(each.id, each)
    return back.at(-1) ?? row
  }

  /** The node of a wanted id, if the same request has made it, maybe earlier. Throws `id_taken` when another has. */
  #twinOf(id: NodeId, parentId: NodeId): NodeRow | undefined {
    if (this.#purged.has(id)) throw new ProblemError('id_taken')
    const row = this.#rows.get(id)
    if (!row) return undefined
    const isTwin =
      row.created_by === this.#caller.userId &&
      row.parent_id === parentId &&
      row.trashed_at === null
    if (!isTwin) throw new ProblemError('id_taken')
    return row
  }
}

function requireChangeableMode({ kind, mode, trashed_at: trashedAt }: NodeRow): void {
  if (trashedAt !== null) throw new ProblemError('trashed')
  if (kind === 'folder' || mode === 'symlink')
    throw new ProblemError('invalid_mode', {
      detail: 'Only a file that is no symbolic link can be made executable',
    })
}

/** Throws `precondition_failed` when a node stands elsewhere in the feed than its caller knows. */
function requireSeq(row: NodeRow, ifSeq: number | undefined): void {
  if (ifSeq !== undefined && row.rev !== ifSeq) throw hasChanged(row)
}

function hasChanged({ rev }: NodeRow): ProblemError {
  return new ProblemError('precondition_failed', {
    detail: 'It has changed since',
    extensions: { seq: rev },
  })
}
