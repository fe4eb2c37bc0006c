import type { NodeId } from '@cloudsync/protocol'
import { sql } from 'kysely'
import { v7 as uuidv7 } from 'uuid'
import type { Database } from '#platform/db/database.ts'
import { appendEvent } from '#platform/events.ts'
import type { Caller } from '#platform/http/caller.ts'
import { ProblemError } from '#platform/problem-error.ts'
import { contentOf } from '../content/file-content.ts'
import type { ContentReplacer } from '../content/content-replacer.ts'
import { textLimits } from '../content/text-format.ts'
import type { TextImporter } from '../content/text-importer.ts'
import type { VersionContents } from '../content/version-contents.ts'
import { insertFile, type FileParts } from '../nodes/create-file.ts'
import { findFreeName } from '../nodes/find-free-name.ts'
import { isNameTaken } from '../nodes/name-problems.ts'
import { NodeReader, type NodeRow } from '../nodes/node-reader.ts'
import { changeNodes, type NodeWriter } from '../nodes/node-writer.ts'
import type { VersionRow, VersionStore } from '../versions/version-store.ts'
import { getConflict, type Choice, type ConflictRow } from './conflict-records.ts'

/** Puts a node where a side of a conflict of moves wants it, in the transaction that resolves it. */
export type ResolveMove = (
  writer: NodeWriter,
  node: NodeRow,
  resolution: { readonly conflict: ConflictRow; readonly choice: Choice; readonly caller: Caller },
) => Promise<void>

export interface ConflictResolverOptions extends FileParts {
  readonly db: Database
  readonly nodes: NodeReader
  readonly versions: VersionStore
  readonly contents: VersionContents
  readonly replacer: ContentReplacer
  readonly importer: TextImporter
  /** Unset: conflicts of moves cannot be resolved here. */
  readonly resolveMove?: ResolveMove | undefined
}

/** How often somebody else may be faster, with a name or with the file. */
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
    for (let attempt = 1; ; attempt++) {
      try {
        if (await this.#carryOut(caller, conflict, choice)) return await getConflict(db.kysely, id)
      } catch (error) {
        if (!isNameTaken(error)) throw error
        if (attempt === maxAttempts) throw new ProblemError('name_taken', { cause: error })
      }
      if (attempt === maxAttempts) throw new ProblemError('unavailable')
    }
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
    const nodeId = conflict.node_id
    const node = await nodes.get(nodeId)
    if (node.trashed_at !== null) throw new ProblemError('trashed')
    const limits = node.kind === 'text' ? textLimits.open : textLimits.import
    const incoming = await contents.read(version, limits)
    if (node.kind === 'text' && incoming.kind === 'text') {
      // Its own way to be durable; done twice, the second changes nothing.
      await importer.restore({ caller, nodeId, former: incoming.decoded })
      return this.#settle(caller, conflict, choice, async () => undefined)
    }
    const changed = await replacer.change(nodeId, incoming, async (file) => {
      if (file.etag !== file.incoming.sha256) await file.swap(caller.userId)
      await settleConflict(file.writer, caller, conflict, choice, this.#options.clock.now())
      return {}
    })
    return changed !== 'crossed'
  }

  /** Makes the side that the file does not hold a file beside it, under a name derived from its own. */
  async #putBeside(caller: Caller, conflict: ConflictRow): Promise<boolean> {
    const version = await this.#sideVersion(
      conflict,
      conflict.resolution === null ? 'mine' : 'theirs',
    )
    const incoming = await this.#options.contents.read(version, textLimits.import)
    return this.#settle(caller, conflict, 'both', async (writer, node) => {
      if (node.parent_id === null) throw new Error('A file lies in a folder')
      const name = await findFreeName(new NodeReader(writer.tx), node.parent_id, node.name)
      await insertFile(this.#options, writer, {
        id: uuidv7() as NodeId,
        spaceId: node.space_id,
        parentId: node.parent_id,
        name,
        incoming,
        content: await contentOf(incoming, name),
        caller,
      })
    })
  }

  #moveAs(caller: Caller, conflict: ConflictRow, choice: Choice): Promise<boolean> {
    const { resolveMove } = this.#options
    if (!resolveMove || choice === 'both')
      throw new ProblemError('bad_request', { detail: 'Choose where it is to be' })
    return this.#settle(caller, conflict, choice, (writer, node) =>
      resolveMove(writer, node, { conflict, choice, caller }),
    )
  }

  async #settle(
    caller: Caller,
    conflict: ConflictRow,
    choice: Choice,
    carryOut: (writer: NodeWriter, node: NodeRow) => Promise<void>,
  ): Promise<boolean> {
    const { db, clock } = this.#options
    await changeNodes(db, clock, async (writer) => {
      const node = await writer.lock(conflict.node_id)
      if (node.trashed_at !== null) throw new ProblemError('trashed')
      await settleConflict(writer, caller, conflict, choice, clock.now())
      await carryOut(writer, node)
    })
    return true
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
): Promise<void> {
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
  const row = await writer.lock(settled.node_id)
  if (former === null) await writer.countConflicts(row, -1)
  await appendEvent(tx, {
    type: 'conflict.resolved',
    spaceId: settled.space_id,
    nodeId: settled.node_id,
    actorId: caller.userId,
    payload: { id, kind: settled.kind, choice },
  })
}
