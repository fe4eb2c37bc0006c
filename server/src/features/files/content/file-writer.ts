import type { NodeId, PutContentResponse } from '@cloudsync/protocol'
import type { Clock } from '#platform/clock.ts'
import type { Caller } from '#platform/http/caller.ts'
import { ProblemError } from '#platform/problem-error.ts'
import { getConflictPolicy } from '../conflicts/conflict-policy.ts'
import { currentSide, keepAside, recordConflict } from '../conflicts/conflict-records.ts'
import type { NodeInSpace, NodeReader, NodeRow } from '../nodes/node-reader.ts'
import type { VersionRow } from '../versions/version-store.ts'
import type { Incoming, IncomingText } from './content-intake.ts'
import type { ContentReplacer, Replaceable } from './content-replacer.ts'
import { judgeConditions, wasDone, type Conditions } from './replacement-conditions.ts'
import type { ServedContents } from './served-contents.ts'
import { textLimits } from './text-format.ts'
import type { TextImporter } from './text-importer.ts'
import type { VersionContents } from './version-contents.ts'

export interface FileWriterOptions {
  readonly nodes: NodeReader
  readonly importer: TextImporter
  readonly replacer: ContentReplacer
  readonly contents: VersionContents
  readonly served: ServedContents
  readonly clock: Clock
}

export interface ContentPut extends Conditions {
  readonly caller: Caller
  readonly nodeId: NodeId
  readonly incoming: Incoming
}

type Replaced =
  | { readonly kind: 'replaced'; readonly response: PutContentResponse }
  | { readonly kind: 'conflict'; readonly conflictId: string; readonly version: number }

/** How often a file may become a text, or cease to be one, under one request. */
const maxAttempts = 4

/** Gives files new content, whatever they hold and whatever comes. */
export class FileWriter {
  readonly #options: FileWriterOptions

  constructor(options: FileWriterOptions) {
    this.#options = options
  }

  /**
   * Puts what an upload brought. Throws `precondition_failed`, `trashed`, and `content_conflict` or
   * `merge_conflict` when a person must decide; then what came is kept as the version that they name.
   */
  put(change: ContentPut): Promise<PutContentResponse> {
    const { nodeId, incoming } = change
    return this.#dispatch(
      nodeId,
      async () => incoming,
      (decoded, file) => this.#options.importer.import({ ...change, file, incoming: decoded }),
      (blob, file) => this.#replace(change, blob, file),
    )
  }

  /** Makes a file what a version of it was; what it holds now is kept as a version too. */
  restore(caller: Caller, nodeId: NodeId, version: VersionRow): Promise<PutContentResponse> {
    const conditions = { ifMatch: undefined, ifNoneMatch: undefined }
    return this.#dispatch(
      nodeId,
      (node) => this.#readVersion(node, version),
      (former, file) => this.#options.importer.restore({ caller, file, former }),
      (incoming, file) =>
        this.#replace({ caller, nodeId, ...conditions, incoming }, incoming, file),
    )
  }

  #readVersion(node: NodeRow, version: VersionRow): Promise<Incoming> {
    const limits = node.kind === 'text' ? textLimits.open : textLimits.import
    return this.#options.contents.read(version, limits)
  }

  /** A text into a text is merged; everything else replaces. */
  async #dispatch(
    nodeId: NodeId,
    incomingFor: (node: NodeRow) => Promise<Incoming>,
    merge: (text: IncomingText['decoded'], file: NodeInSpace) => Promise<PutContentResponse>,
    replace: (incoming: Incoming, file: NodeInSpace) => Promise<PutContentResponse | 'crossed'>,
  ): Promise<PutContentResponse> {
    for (let attempt = 1; attempt <= maxAttempts; attempt++) {
      const file = await this.#options.nodes.getInSpace(nodeId)
      const incoming = await incomingFor(file.row)
      const response = await this.#unlessSealed(nodeId, () =>
        file.row.kind === 'text' && incoming.kind === 'text'
          ? merge(incoming.decoded, file)
          : replace(incoming, file),
      )
      if (response !== 'crossed') return response
    }
    throw new ProblemError('unavailable')
  }

  /** A text that ends while it is written to is not there, or takes nothing, any more. */
  async #unlessSealed(
    nodeId: NodeId,
    write: () => Promise<PutContentResponse | 'crossed'>,
  ): Promise<PutContentResponse | 'crossed'> {
    try {
      return await write()
    } catch (error) {
      const code = error instanceof ProblemError ? error.code : undefined
      const isGone = code === 'not_found' || code === 'unavailable'
      const node = isGone ? await this.#options.nodes.find(nodeId) : undefined
      // One that was not there may be a text again by now, another than it was.
      if (node && (node.kind === 'blob' || code === 'not_found')) return 'crossed'
      throw error
    }
  }

  async #replace(
    change: ContentPut,
    incoming: Incoming,
    file: NodeInSpace,
  ): Promise<PutContentResponse | 'crossed'> {
    const target = { file, actorId: change.caller.userId }
    const replaced = await this.#options.replacer.change(target, incoming, (met) =>
      this.#decide(change, met),
    )
    if (replaced === 'crossed') return 'crossed'
    if (replaced.kind === 'replaced') return replaced.response
    const { conflictId, version } = replaced
    throw new ProblemError('content_conflict', {
      detail: `What you sent is kept as version ${version}`,
      extensions: { conflictId, version },
    })
  }

  async #decide(change: ContentPut, file: Replaceable): Promise<Replaced> {
    const { writer, row, incoming } = file
    const { userId } = change.caller
    const now = this.#options.clock.now()
    const seen = await judgeConditions(writer.tx, change, file)
    if (file.etag === incoming.sha256) return replaced(file.etag, 'unchanged')
    if (seen === 'seen') return this.#swap(change, file)
    if (await wasDone(writer.tx, change, row, incoming)) return replaced(file.etag, 'unchanged')
    if ((await getConflictPolicy(writer.tx, row)) === 'ask') {
      const { sha256, sizeBytes } = incoming
      const theirs = await currentSide(writer, row)
      const aside = { sha256, sizeBytes, authorId: userId, theirs, now }
      return { kind: 'conflict', ...(await keepAside(writer, row, aside)) }
    }
    return this.#swap(change, file, now)
  }

  /** `lostAt`: what the file held was not seen by who puts, and is listed as the side that lost. */
  async #swap({ caller }: ContentPut, file: Replaceable, lostAt?: Date): Promise<Replaced> {
    const { writer, row } = file
    const { former, latest, etag, kind } = await file.swap(caller.userId)
    if (lostAt)
      await recordConflict(writer, row, {
        kind: 'content',
        mine: { version: latest.number, by: caller.userId },
        theirs: former ? { version: former.number, by: former.author_id } : { by: row.updated_by },
        resolution: 'mine',
        actorId: caller.userId,
        now: lostAt,
      })
    if (kind === 'text')
      await this.#options.served.rememberFirst(writer.tx, caller.sessionId, [row.id])
    return replaced(etag, 'replaced')
  }
}

function replaced(etag: string, outcome: PutContentResponse['outcome']): Replaced {
  return { kind: 'replaced', response: { etag, outcome, overlaps: [] } }
}
