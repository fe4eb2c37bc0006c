import { decodeText, encodeText, type DecodedText } from '@cloudsync/crdt'
import type { NodeId, PutContentResponse } from '@cloudsync/protocol'
import type { LiveDocuments, LogPosition, TextAt } from '#features/live/index.ts'
import { roomOf, type SpaceUsage } from '#features/spaces/index.ts'
import type { Caller } from '#platform/http/caller.ts'
import type { Clock } from '#platform/clock.ts'
import type { Database } from '#platform/db/database.ts'
import { ProblemError } from '#platform/problem-error.ts'
import type { Contents } from '#features/contents/index.ts'
import { currentSide, keepAside } from '../conflicts/conflict-records.ts'
import type { NodeInSpace } from '../nodes/node-reader.ts'
import { changeNodes } from '../nodes/node-writer.ts'
import type { TextTouches } from '../touches/text-touches.ts'
import type { VersionDraft, VersionStore } from '../versions/version-store.ts'
import { matchesWeakly, type EntityTags } from './http-preconditions.ts'
import { planImport, type ImportInput, type ImportPlan, type PlannedEdit } from './plan-import.ts'
import type { ServedContents } from './served-contents.ts'
import type { TextContent, TextContents } from './text-contents.ts'
import type { TextComparer } from './text-comparer.ts'
import { findTagPosition, textEtag } from './text-etag.ts'
import { encodedSize, textLimits } from './text-format.ts'

export interface TextImporterOptions {
  readonly db: Database
  readonly clock: Clock
  readonly contents: Contents
  readonly live: LiveDocuments
  readonly texts: TextContents
  readonly versions: VersionStore
  readonly served: ServedContents
  readonly touches: TextTouches
  readonly comparer: TextComparer
}

export interface TextImport {
  readonly caller: Caller
  readonly file: NodeInSpace
  readonly ifMatch: EntityTags | undefined
  readonly ifNoneMatch: EntityTags | undefined
  readonly incoming: DecodedText
}

export interface TextRestore {
  readonly caller: Caller
  readonly file: NodeInSpace
  readonly former: DecodedText
}

/** One edit of a live text by a whole file. */
interface FileEdit {
  readonly caller: Caller
  readonly seen: TextContent
  /** What its space held. */
  readonly usage: SpaceUsage
  /** What there is to compare when the text is `current`. */
  readonly inputFor: (current: string) => ImportInput
  readonly incoming: DecodedText
  readonly reason: 'before_import' | 'before_restore'
}

/** Of `If-Match`; each may cost a rebuild of the text from its history. */
const maxTags = 4
/** The last of them plans in the event loop, whatever the length. */
const maxAttempts = 4

/** Brings whole files into texts that live: by edits, which everybody who types there sees at once. */
export class TextImporter {
  readonly #options: TextImporterOptions

  constructor(options: TextImporterOptions) {
    this.#options = options
  }

  /**
   * Merges a file with what was written since its sender last had the text. Throws `quota_exceeded`,
   * `precondition_failed`, and `merge_conflict` when a person must decide; then the text is as it was,
   * and the file is kept as the version that the problem names.
   */
  async import({
    caller,
    file,
    ifMatch,
    ifNoneMatch,
    incoming,
  }: TextImport): Promise<PutContentResponse> {
    const seen = await this.#options.texts.readOf(file.row)
    if (ifNoneMatch && matchesWeakly(ifNoneMatch, seen.etag))
      throw new ProblemError('precondition_failed', { detail: 'The content is there already' })
    const base = await this.#findBase(caller, seen, ifMatch)
    const { name, format } = seen
    const inputFor = (current: string) => ({ name, base, current, format, incoming })
    const { usage } = file
    const edit = { caller, seen, usage, inputFor, incoming, reason: 'before_import' } as const
    const edited = await this.#edit(edit)
    if (edited === 'conflict') throw await this.#keepConflict(caller, seen.nodeId, incoming)
    const { response, text } = edited
    return text === incoming.text ? response : { ...response, outcome: 'merged' }
  }

  /** Makes a text what it was, keeping what it is now as a version. */
  async restore({ caller, file, former }: TextRestore): Promise<PutContentResponse> {
    const seen = await this.#options.texts.readOf(file.row)
    const { name, format } = seen
    const incoming = former
    const inputFor = (current: string) => ({ name, base: undefined, current, format, incoming })
    const { usage } = file
    const edit = { caller, seen, usage, inputFor, incoming, reason: 'before_restore' } as const
    const edited = await this.#edit(edit)
    if (edited === 'conflict') throw new ProblemError('internal')
    return edited.response
  }

  /**
   * Plans the edit on the text as it was seen, and makes it if that is still the text; a long text that
   * has gone on is planned anew, outside of the event loop, before it is planned in it.
   */
  async #edit(edit: FileEdit) {
    const { caller, seen, usage, inputFor, incoming, reason } = edit
    const { live, touches, comparer } = this.#options
    // The edit itself is taken as one that is typed.
    roomOf(usage).require(encodedSize(incoming.text, incoming.format) - (seen.node.size_bytes ?? 0))
    using _ownTouch = touches.hold(seen.nodeId)
    let met: TextAt = seen
    for (let attempt = 1; ; attempt++) {
      const planned = await comparer.plan(inputFor(met.text))
      await this.#keepUnseen(planned, { ...seen, ...met }, { reason })
      let plan: ImportPlan | undefined = planned
      const after = await live.editText(seen.nodeId, caller.userId, (current) => {
        if (current.text !== met.text) plan = this.#planHere(inputFor(current.text), attempt)
        met = current
        return plan?.kind === 'edit' ? plan.changes : []
      })
      if (!plan) continue
      if (plan.kind === 'conflict') return 'conflict'
      // Somebody typed between the look and the edit: what the edit met is kept too.
      if (plan !== planned)
        await this.#keepUnseen(plan, { ...seen, ...met }, { reason, isExempt: true })
      // Awaited, so that the text is held until its touch is written.
      return await this.#finish(edit, plan, after)
    }
  }

  #planHere(input: ImportInput, attempt: number): ImportPlan | undefined {
    return attempt === maxAttempts || this.#options.comparer.isShort(input)
      ? planImport(input)
      : undefined
  }

  async #finish(
    { caller, seen, incoming, reason }: FileEdit,
    plan: PlannedEdit,
    after: TextAt,
  ): Promise<{ readonly response: PutContentResponse; readonly text: string }> {
    const { served, touches } = this.#options
    const { changes, format, overlaps } = plan
    const { position, text } = after
    const etag = textEtag({ position, format })
    const isSame = changes.length === 0 && etag === textEtag({ position, format: seen.format })
    const { nodeId } = seen
    // Whoever got its own words back unmerged has this text; after a merge it has yet to fetch it.
    const isTheirs = reason === 'before_import' && text === incoming.text
    if (!isSame) {
      await touches.touchNow({
        nodeId,
        spaceId: seen.node.space_id,
        actorId: caller.userId,
        position,
        text,
        format,
        also: async (tx) => {
          if (isTheirs) await served.rememberIn(tx, caller.sessionId, nodeId, position)
        },
      })
    } else if (isTheirs) await served.remember(caller.sessionId, nodeId, position)
    const outcome = isSame ? 'unchanged' : 'replaced'
    const response: PutContentResponse = { etag, outcome, overlaps: [...overlaps] }
    return { response, text }
  }

  /** Keeps the text as a version, when the edit changes words in it that its maker may not know. */
  async #keepUnseen(
    plan: ImportPlan,
    seen: TextContent,
    version: Pick<VersionDraft, 'isExempt'> & Pick<FileEdit, 'reason'>,
  ): Promise<void> {
    if (plan.kind === 'conflict' || !plan.changesUnseen) return
    const { nodeId, format, position } = seen
    const bytes = encodeText(seen.text, format)
    await this.#options.versions.ensure({ nodeId, ...version, bytes, position })
  }

  async #findBase(
    caller: Caller,
    seen: TextContent,
    ifMatch: EntityTags | undefined,
  ): Promise<string | undefined> {
    if (ifMatch?.kind !== 'list') {
      const served = await this.#options.served.find(caller.sessionId, seen.nodeId)
      return served && this.#findTextAt(seen, served)
    }
    for (const tag of ifMatch.tags.slice(0, maxTags)) {
      const text = tag.isWeak ? undefined : await this.#findTagged(seen, tag.value)
      if (text !== undefined) return text
    }
    throw new ProblemError('precondition_failed', {
      detail: 'The version in If-Match is not known, or no longer',
    })
  }

  /** The text that a tag names; when the log does not reach there, a version may. */
  async #findTagged(seen: TextContent, tag: string): Promise<string | undefined> {
    const position = findTagPosition(tag)
    const text = position && (await this.#findTextAt(seen, position))
    if (text !== undefined) return text
    const version = await this.#options.versions.findByTag(seen.nodeId, tag)
    if (!version || version.size_bytes > textLimits.open.maxBytes) return undefined
    const decoded = decodeText(await this.#options.versions.read(version), textLimits.open)
    return decoded.kind === 'text' ? decoded.text : undefined
  }

  async #findTextAt(seen: TextContent, position: LogPosition): Promise<string | undefined> {
    const isCurrent = position.epoch === seen.position.epoch && position.seq === seen.position.seq
    return isCurrent ? seen.text : this.#options.live.findTextAt(seen.nodeId, position)
  }

  /** The bytes that could not be merged are not lost: they become a version, for a person to decide. */
  async #keepConflict(
    caller: Caller,
    nodeId: NodeId,
    incoming: DecodedText,
  ): Promise<ProblemError> {
    const { db, clock, contents } = this.#options
    const stored = await contents.put(encodeText(incoming.text, incoming.format))
    const kept = await changeNodes(db, clock, async (writer) => {
      const row = await writer.lock(nodeId)
      const theirs = await currentSide(writer, row)
      return keepAside(writer, row, {
        ...stored,
        authorId: caller.userId,
        theirs,
        now: clock.now(),
      })
    })
    return new ProblemError('merge_conflict', {
      detail: `What you sent is kept as version ${kept.version}`,
      extensions: kept,
    })
  }
}
