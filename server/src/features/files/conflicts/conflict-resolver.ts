import type { NodeId } from '@cloudsync/protocol'
import { sql } from 'kysely'
import { v7 as uuidv7 } from 'uuid'
import type { Contents } from '#features/contents/index.ts'
import type { Database } from '#platform/db/database.ts'
import { appendEvent } from '#platform/events.ts'
import type { Caller } from '#platform/http/caller.ts'
import { ProblemError } from '#platform/problem-error.ts'
import { contentOf } from '../content/file-content.ts'
import { incomingOf } from '../content/link-content.ts'
import type { ContentReplacer } from '../content/content-replacer.ts'
import { textLimits } from '../content/text-format.ts'
import type { TextImporter } from '../content/text-importer.ts'
import type { VersionContents } from '../content/version-contents.ts'
import { insertFile, type FileParts } from '../nodes/insert-files.ts'
import type { NodeReader, NodeRow } from '../nodes/node-reader.ts'
import type { NodeWriter } from '../nodes/node-writer.ts'
import { changeTree, type TreeParts } from '../tree/change-tree.ts'
import { asFolder, requireRemoval } from '../tree/closed-below.ts'
import { moveNode } from '../tree/move-node.ts'
import { parentOf, type TreeWriter } from '../tree/tree-writer.ts'
import { markPruneDue } from '../retention/version-prunes.ts'
import type { VersionRow, VersionStore } from '../versions/version-store.ts'
import { getConflict, type Choice, type ConflictRow } from './conflict-records.ts'

export interface ConflictResolverOptions extends FileParts, TreeParts {
  readonly db: Database
  readonly nodes: NodeReader
  readonly versions: VersionStore
  readonly contents: VersionContents
  readonly stored: Contents
  readonly replacer: ContentReplacer
  readonly importer: TextImporter
}

/** How often somebody else may be faster with the file. */
const maxAttempts = 5

/**
 * Carries out what a person decides. What a policy has decided may be decided otherwise, once; what a
 * person has, stays.
 */
export class ConflictResolver {
  readonly #options: ConflictResolverOptions

  constructor(options: ConflictResolverOptions) {
    this.#options = options
  }

  /**
   * The same decision again changes nothing. Throws `not_found`, `trashed`, and `bad_request` for what
   * was decided otherwise.
   */
  async resolve(caller: Caller, id: string, choice: Choice): Promise<ConflictRow> {
    const { db } = this.#options
    const conflict = await getConflict(db.kysely, id)
    if (!isDecidable(conflict, choice)) return conflict
    for (let attempt = 1; attempt <= maxAttempts; attempt++)
      if (await this.#carryOut(caller, conflict, choice)) return getConflict(db.kysely, id)
    throw new ProblemError('unavailable')
  }

  /** Says whether it is done; if not, the file has become another meanwhile. */
  async #carryOut(caller: Caller, conflict: ConflictRow, choice: Choice): Promise<boolean> {
    if (conflict.kind === 'move') return this.#moveAs(caller, conflict, choice)
    if (choice === 'both') return this.#putBeside(caller, conflict)
    const version = await this.#findWanted(conflict, choice)
    return version
      ? this.#makeCurrent(caller, conflict, choice, version)
      : this.#settle(caller, conflict, choice, async () => undefined)
  }

  /** The version that a choice makes the content; `undefined` when the file holds that side. */
  async #findWanted(conflict: ConflictRow, choice: 'mine' | 'theirs') {
    const holdsTheirs = conflict.resolution === null
    if ((choice === 'theirs') === holdsTheirs) return undefined
    return this.#sideVersion(conflict, choice)
  }

  async #sideVersion(conflict: ConflictRow, side: 'mine' | 'theirs'): Promise<VersionRow> {
    const number = conflict[side].version
    if (number === undefined)
      throw new ProblemError('bad_request', { detail: 'That side is not kept as a version' })
    return this.#options.versions.get(conflict.node_id, number)
  }

  async #makeCurrent(
    caller: Caller,
    conflict: ConflictRow,
    choice: Choice,
    version: VersionRow,
  ): Promise<boolean> {
    const { nodes, contents, replacer, importer } = this.#options
    const file = await nodes.getInSpace(conflict.node_id)
    const node = file.row
    if (node.trashed_at !== null) throw new ProblemError('trashed')
    const limits = node.kind === 'text' ? textLimits.open : textLimits.import
    const incoming = await contents.read(version, limits)
    if (node.kind === 'text' && incoming.kind === 'text') {
      // Its own way to be durable; done twice, the second changes nothing.
      await importer.restore({ caller, file, former: incoming.decoded })
      return this.#settle(caller, conflict, choice, async () => undefined)
    }
    const target = { file, actorId: caller.userId }
    const changed = await replacer.change(target, incoming, async (met) => {
      if (met.etag !== met.incoming.sha256) await met.swap(caller.userId)
      await settleConflict(met.writer, caller, conflict, choice, this.#options.clock.now())
      return {}
    })
    return changed !== 'crossed'
  }

  /** Makes the side that the file does not hold a file beside it, under a name derived from its own. */
  async #putBeside(caller: Caller, conflict: ConflictRow): Promise<boolean> {
    const { access, nodes } = this.#options
    const folderId = parentOf(await nodes.get(conflict.node_id))
    await asFolder(access.requireNode(caller.userId, folderId, 'node.create'))
    const version = await this.#sideVersion(
      conflict,
      conflict.resolution === null ? 'mine' : 'theirs',
    )
    const { mode } = await nodes.get(conflict.node_id)
    const kept = await this.#options.contents.read(version, textLimits.import)
    const incoming = await incomingOf(this.#options.stored, mode, kept)
    return this.#settle(caller, conflict, 'both', async (tree, node) => {
      await insertFile(this.#options, tree, caller, {
        id: uuidv7() as NodeId,
        parentId: parentOf(node),
        name: node.name,
        ifTaken: 'rename',
        mode,
        incoming,
        content: await contentOf(incoming, node.name, mode),
      })
    })
  }

  /** Puts a node where the side that was chosen wants it. */
  async #moveAs(caller: Caller, conflict: ConflictRow, choice: Choice): Promise<boolean> {
    if (choice === 'both')
      throw new ProblemError('bad_request', { detail: 'Choose where it is to be' })
    const { parentId, name } = conflict[choice]
    await this.#requireMove(caller, conflict.node_id, parentId)
    return this.#settle(
      caller,
      conflict,
      choice,
      async (tree, node) => {
        const move = { parentId, name, ifTaken: 'rename', actorId: caller.userId } as const
        await moveNode(tree, node, move)
      },
      parentId ? [parentId] : [],
    )
  }

  /** As for a move or a rename that is asked for without a conflict. */
  async #requireMove(caller: Caller, nodeId: NodeId, to: NodeId | undefined): Promise<void> {
    const { access, nodes } = this.#options
    const from = parentOf(await nodes.get(nodeId))
    if (to === undefined || to === from) {
      await asFolder(access.requireNode(caller.userId, from, 'node.edit'))
      return
    }
    await requireRemoval(access, caller.userId, nodeId)
    await access.requireNode(caller.userId, to, 'node.create')
  }

  /** Says whether it is done; if not, the file has gone to another folder meanwhile. */
  async #settle(
    caller: Caller,
    conflict: ConflictRow,
    choice: Choice,
    carryOut: (tree: TreeWriter, node: NodeRow) => Promise<void>,
    folderIds: readonly NodeId[] = [],
  ): Promise<boolean> {
    const { nodes, clock } = this.#options
    const parentId = parentOf(await nodes.get(conflict.node_id))
    const change = { folderIds: [parentId, ...folderIds], actorId: caller.userId }
    const { isDone } = await changeTree(this.#options, change, async (tree) => {
      const node = await tree.nodes.lock(conflict.node_id)
      if (node.trashed_at !== null) throw new ProblemError('trashed')
      if (!tree.holds(node.parent_id)) return { isDone: false }
      const settled = await settleConflict(tree.nodes, caller, conflict, choice, clock.now())
      await carryOut(tree, settled)
      return { isDone: true }
    })
    return isDone
  }
}

/** Whether there is something to decide. Throws `bad_request` when a person has decided otherwise. */
function isDecidable({ resolution, resolved_by: by }: ConflictRow, choice: Choice): boolean {
  if (resolution === choice) return false
  if (resolution === null || by === null) return true
  throw new ProblemError('bad_request', {
    detail: 'It is decided already',
    extensions: { resolution },
  })
}

/** The node is locked by now, so that two decisions come one after the other. */
async function settleConflict(
  writer: NodeWriter,
  caller: Caller,
  { id, resolution: former }: ConflictRow,
  choice: Choice,
  now: Date,
): Promise<NodeRow> {
  const { tx } = writer
  const settled = await tx
    .updateTable('conflicts')
    .set({ resolution: choice, resolved_at: now, resolved_by: caller.userId })
    .where('id', '=', id)
    .where(sql<boolean>`resolution IS NOT DISTINCT FROM ${former}`)
    .where('resolved_by', 'is', null)
    .returningAll()
    .executeTakeFirst()
  if (!settled)
    throw new ProblemError('bad_request', { detail: 'Somebody has decided it meanwhile' })
  // Its sides were kept for this.
  await markPruneDue(tx, settled.node_id, now)
  const row = await writer.lock(settled.node_id)
  const counted = former === null ? await writer.countConflicts(row, -1) : row
  await appendEvent(tx, {
    type: 'conflict.resolved',
    spaceId: settled.space_id,
    nodeId: settled.node_id,
    actorId: caller.userId,
    payload: { id, kind: settled.kind, choice },
  })
  return counted
}
