import { nameKey, type TextLimits } from '@cloudsync/crdt'
import type { FileMode, NodeId, SpaceId } from '@cloudsync/protocol'
import type { Transaction } from 'kysely'
import type { ContentName } from '#features/contents/index.ts'
import type { Schema } from '#platform/db/schema.ts'
import { inTransaction } from '#platform/db/transaction.ts'
import type { Caller } from '#platform/http/caller.ts'
import { ProblemError } from '#platform/problem-error.ts'
import { requireFile, type FilesContext } from '../files-context.ts'
import { createFile, requirePlace } from '../nodes/create-file.ts'
import type { IfTaken } from '../tree/folder-listing.ts'
import type { Incoming } from './content-intake.ts'
import { parseEntityTags } from './http-preconditions.ts'
import { mayReadContent } from './readable-contents.ts'
import { textLimits } from './text-format.ts'

/** The file that a content is for. */
export type UploadTarget = NewFileTarget | ReplacedFileTarget

interface NewFileTarget {
  readonly kind: 'new'
  readonly parentId: NodeId
  readonly name: string
  /** As of `NewFile`. */
  readonly id?: NodeId | undefined
  readonly ifTaken: IfTaken
  readonly mode?: FileMode | undefined
}

interface ReplacedFileTarget {
  readonly kind: 'replaced'
  readonly nodeId: NodeId
  /** As the header of a `PUT`. */
  readonly ifMatch?: string | undefined
}

/** Runs in the transaction that makes a file, and right after a file is replaced. */
export type WriteWithFile = (tx: Transaction<Schema>, nodeId: NodeId) => Promise<void>

/** The door for contents that are stored already: they become files as those of a form or a `PUT` do. */
export class UploadedFiles {
  readonly #context: FilesContext

  constructor(context: FilesContext) {
    this.#context = context
  }

  /** Gives the space that the file is in, or will be. Throws what can be told before bytes arrive. */
  async require(caller: Caller, target: UploadTarget): Promise<SpaceId> {
    if (target.kind === 'replaced') {
      parseEntityTags(target.ifMatch)
      const file = await requireFile(this.#context, caller.userId, target.nodeId, 'node.edit')
      return file.spaceId
    }
    const { parentId, name, id, ifTaken } = target
    const { spaceId } = await requirePlace(this.#context, caller, target)
    if (ifTaken === 'rename') return spaceId
    const taken = await this.#context.nodes.listTakenKeys(parentId, [nameKey(name)])
    // By itself, where it is begun again; whether it is that is judged when it has its bytes.
    const isMade = id !== undefined && (await this.#context.nodes.find(id)) !== undefined
    if (taken.size > 0 && !isMade) throw new ProblemError('name_taken')
    return spaceId
  }

  /** Whether the caller may read these bytes already, and need not send them. */
  async mayRead(caller: Caller, content: ContentName): Promise<boolean> {
    return mayReadContent(this.#context, caller.userId, content)
  }

  /**
   * Gives a content, which is leased, to its file. Throws as `require` and `FileWriter.put`; where a person
   * must decide, the content is kept as a version, and `also` has run.
   */
  put(
    caller: Caller,
    target: UploadTarget,
    content: ContentName,
    also: WriteWithFile,
  ): Promise<NodeId> {
    return target.kind === 'new'
      ? this.#make(caller, target, content, also)
      : this.#replace(caller, target, content, also)
  }

  #make(
    caller: Caller,
    target: NewFileTarget,
    content: ContentName,
    also: WriteWithFile,
  ): Promise<NodeId> {
    return this.#read(content, textLimits.import, async (incoming) => {
      const { node } = await createFile(this.#context, caller, { ...target, incoming, also })
      return node.id
    })
  }

  async #replace(
    caller: Caller,
    { nodeId, ifMatch }: ReplacedFileTarget,
    content: ContentName,
    also: WriteWithFile,
  ): Promise<NodeId> {
    const { db, writer } = this.#context
    const { kind } = await requireFile(this.#context, caller.userId, nodeId, 'node.edit')
    const conditions = { ifMatch: parseEntityTags(ifMatch), ifNoneMatch: undefined }
    const limits = kind === 'text' ? textLimits.open : textLimits.import
    await this.#read(content, limits, async (incoming) => {
      try {
        await writer.put({ caller, nodeId, ...conditions, incoming })
      } catch (error) {
        if (isKeptAside(error)) await inTransaction(db, (tx) => also(tx, nodeId))
        throw error
      }
    })
    await inTransaction(db, (tx) => also(tx, nodeId))
    return nodeId
  }

  /** The content as if it had just arrived; as long as it is in memory, it counts as an upload. */
  async #read<Result>(
    content: ContentName,
    limits: TextLimits,
    use: (incoming: Incoming) => Promise<Result>,
  ): Promise<Result> {
    const { uploads, versionContents } = this.#context
    using account = uploads.open()
    if (content.sizeBytes <= limits.maxBytes) account.take(content.sizeBytes)
    const incoming = await versionContents.readContent(content, limits)
    if (incoming.kind === 'blob') account.giveBack()
    return await use(incoming)
  }
}

function isKeptAside(error: unknown): boolean {
  return (
    error instanceof ProblemError &&
    (error.code === 'content_conflict' || error.code === 'merge_conflict')
  )
}
