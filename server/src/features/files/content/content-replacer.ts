import type { NodeId, UserId } from '@cloudsync/protocol'
import { sha256FromBytes } from '@cloudsync/storage'
import type { LiveDocuments, LogPosition } from '#features/live/index.ts'
import type { Clock } from '#platform/clock.ts'
import { ProblemError } from '#platform/problem-error.ts'
import type { ContentName, Contents } from '#features/contents/index.ts'
import type { NodeInSpace, NodeRow } from '../nodes/node-reader.ts'
import type { FileContent } from '../nodes/node-columns.ts'
import type { NodeWriter } from '../nodes/node-writer.ts'
import { changeTree, type TreeParts } from '../tree/change-tree.ts'
import { parentOf, type TreeWriter } from '../tree/tree-writer.ts'
import { forgetVersionDue } from '../versions/version-dues.ts'
import {
  ensureVersion,
  findLastVersion,
  findVersionOf,
  insertVersion,
  type LastVersion,
  type VersionRow,
  type VersionStore,
} from '../versions/version-store.ts'
import { contentOf } from './file-content.ts'
import { incomingOf } from './link-content.ts'
import type { Incoming } from './content-intake.ts'
import type { CurrentContent } from './replacement-conditions.ts'
import type { TextContents } from './text-contents.ts'
import { textEtag } from './text-etag.ts'

export interface ContentReplacerOptions extends TreeParts {
  readonly live: LiveDocuments
  readonly texts: TextContents
  readonly contents: Contents
  readonly versions: VersionStore
  readonly clock: Clock
}

/** Content that is stored and leased, ready to be what a file holds. */
interface ReadyContent extends ContentName {
  readonly content: FileContent
  /** Of what becomes a live text. */
  readonly text: string | undefined
}

/** A text as it was just before it is to end, its bytes stored and leased. */
interface Sealing extends ContentName {
  readonly position: LogPosition
  readonly etag: string
  readonly contributorIds: readonly UserId[]
}

export interface Swap {
  /** What the file held. */
  readonly former: VersionRow | undefined
  /** What it holds now. */
  readonly latest: VersionRow
  readonly etag: string
  readonly kind: FileContent['kind']
}

/** A file that may be given the new content, in a transaction that has it for itself. */
export interface Replaceable extends CurrentContent {
  readonly writer: NodeWriter
  readonly incoming: ContentName
  /** Gives it the new content, with a version of each. At most once. */
  swap(actorId: UserId): Promise<Swap>
}

/** Somebody typed between the look at a text and its end. */
class TextMovedOnError extends Error {
  override readonly name = 'TextMovedOnError'
}

const maxAttempts = 6

/**
 * Replaces what a file holds as a whole: a blob by a blob, a blob by a text that begins, and a text,
 * which ends, by a blob. A text by a text is the affair of `TextImporter`.
 */
export class ContentReplacer {
  readonly #options: ContentReplacerOptions

  constructor(options: ContentReplacerOptions) {
    this.#options = options
  }

  /**
   * Lets `decide` replace the content, or not, in a transaction. Gives `crossed` when the file is of the
   * other kind by then, or both are texts; nothing was done. Throws `not_found`, `trashed` and `invalid_link`.
   */
  async change<Result extends object>(
    { file, actorId }: { readonly file: NodeInSpace; readonly actorId: UserId },
    incoming: Incoming,
    decide: (file: Replaceable) => Promise<Result>,
  ): Promise<Result | 'crossed'> {
    const node = file.row
    const ready = await this.#store(node, incoming)
    for (let attempt = 1; ; attempt++) {
      try {
        const changed = await this.#changeHeld(file, actorId, ready, decide)
        // Whatever is in memory of the document belongs to an epoch that is over.
        if (node.kind !== ready.content.kind) await this.#options.live.dismissSealed(node.id)
        return changed
      } catch (error) {
        if (!(error instanceof TextMovedOnError)) throw error
        if (attempt === maxAttempts) throw new ProblemError('unavailable', { cause: error })
      }
    }
  }

  async #changeHeld<Result extends object>(
    { row: node, usage }: NodeInSpace,
    actorId: UserId,
    ready: ReadyContent,
    decide: (file: Replaceable) => Promise<Result>,
  ): Promise<Result | 'crossed'> {
    const run = async (sealing?: Sealing) => {
      // The folder says of what kind a file is; it is held when that changes.
      const folderIds = node.kind === ready.content.kind ? [] : [parentOf(node)]
      const { result } = await changeTree(this.#options, { folderIds, actorId }, async (tree) => {
        tree.nodes.charges.learn(node.space_id, usage)
        return { result: await this.#decide(tree, node, ready, decide, sealing) }
      })
      return result
    }
    if (node.kind !== 'text') return run()
    using _held = await this.#options.live.holdText(node.id)
    return await run(await this.#prepareSealing(node.id))
  }

  async #decide<Result extends object>(
    tree: TreeWriter,
    node: NodeRow,
    ready: ReadyContent,
    decide: (file: Replaceable) => Promise<Result>,
    sealing?: Sealing,
  ): Promise<Result | 'crossed'> {
    const row = await tree.nodes.lock(node.id)
    if (row.trashed_at !== null) throw new ProblemError('trashed')
    if (row.kind !== node.kind || (row.kind === 'text' && ready.text !== undefined))
      return 'crossed'
    if (row.kind !== ready.content.kind && !tree.holds(row.parent_id)) return 'crossed'
    return decide({
      writer: tree.nodes,
      row,
      incoming: ready,
      etag: sealing?.etag ?? sha256FromBytes(row.sha256 ?? Buffer.alloc(0)),
      position: sealing?.position,
      swap: (actorId) => this.#swap(tree, row, ready, actorId, sealing),
    })
  }

  async #swap(
    tree: TreeWriter,
    row: NodeRow,
    ready: ReadyContent,
    actorId: UserId,
    sealing: Sealing | undefined,
  ): Promise<Swap> {
    const { tx } = tree
    const { live, clock } = this.#options
    const sealed = sealing && (await this.#seal(tree.nodes, row, sealing))
    const held = await findLastVersion(tree.nodes, row.id)
    const former = sealed ?? (row.sha256 && (await findHeld(tree.nodes, row, row.sha256, held)))
    const position =
      ready.text === undefined ? undefined : await live.reviveText(tx, row.id, ready.text)
    if (row.kind !== ready.content.kind) tree.setKind(row, ready.content.kind)
    await tree.nodes.setContent(row, ready.content, actorId)
    const version = {
      sha256: ready.sha256,
      sizeBytes: ready.sizeBytes,
      nodeId: row.id,
      reason: 'upload' as const,
      position,
      authorId: actorId,
      actorId,
      createdAt: clock.now(),
    }
    const latest = await insertVersion(tree.nodes, version, held)
    const { content, sha256 } = ready
    const etag =
      position && content.kind === 'text' ? textEtag({ position, format: content.format }) : sha256
    return { former: former ?? undefined, latest, etag, kind: content.kind }
  }

  /** Ends a text, and keeps it as it was at its end. */
  async #seal(writer: NodeWriter, row: NodeRow, sealing: Sealing): Promise<VersionRow> {
    const { tx } = writer
    const { position, historyBytes } = await this.#options.live.sealText(tx, row.id)
    if (position.epoch !== sealing.position.epoch || position.seq !== sealing.position.seq)
      throw new TextMovedOnError()
    await forgetVersionDue(tx, row.id)
    writer.charges.add(row.space_id, historyBytes)
    return ensureVersion(writer, {
      sha256: sealing.sha256,
      sizeBytes: sealing.sizeBytes,
      nodeId: row.id,
      reason: 'before_import',
      position,
      authorId: sealing.contributorIds.at(-1) ?? row.updated_by,
      actorId: undefined,
      contributorIds: sealing.contributorIds,
      createdAt: this.#options.clock.now(),
      // What replaces it is asked for the room of both.
      isExempt: true,
    })
  }

  async #prepareSealing(nodeId: NodeId): Promise<Sealing> {
    const { texts, contents, versions } = this.#options
    const { bytes, position, etag } = await texts.read(nodeId)
    const { sha256, sizeBytes } = await contents.put(bytes)
    const contributorIds = await versions.listContributors({ nodeId, position })
    return { sha256, sizeBytes, position, etag, contributorIds }
  }

  async #store({ name, mode }: NodeRow, arrived: Incoming): Promise<ReadyContent> {
    const incoming = await incomingOf(this.#options.contents, mode, arrived)
    const content = await contentOf(incoming, name, mode)
    if (incoming.kind === 'blob') {
      const { sha256, sizeBytes } = incoming
      return { sha256, sizeBytes, content, text: undefined }
    }
    const { sha256, sizeBytes } = await this.#options.contents.put(incoming.bytes)
    return { sha256, sizeBytes, content, text: incoming.decoded.text }
  }
}

/** The version of what a blob holds, which is nearly always its last. */
function findHeld(
  { tx }: NodeWriter,
  { id }: NodeRow,
  sha256: Uint8Array,
  { last }: LastVersion,
): Promise<VersionRow | undefined> | VersionRow {
  return last && Buffer.compare(last.sha256, sha256) === 0 ? last : findVersionOf(tx, id, sha256)
}
