import type { NodeId } from '@cloudsync/protocol'
import type { LocalEntry } from '../model/entry.ts'
import { isSameNode } from '../model/fingerprint.ts'
import type { DiskPath } from '../ports.ts'
import { isRewritten } from '../texts/ingest-text.ts'
import { hiddenHoldMs } from './gone-hold.ts'
import type { KnownNodes } from './known-nodes.ts'
import { maxTexts, missingTexts, type MissingText } from './match-rewritten.ts'
import { isNew, isUnread, maySayText, unreadableCode, type FileToRead } from './read-files.ts'
import { isAlike, linesOf, readText, type ReadText } from './read-text.ts'
import type { ScanInput } from './scan.ts'
import type { Walk } from './walk.ts'

interface Looked {
  readonly input: ScanInput
  readonly nodes: KnownNodes
  readonly walk: Walk
  /** Adds to it the files of which it is to be told yet; they and what they may be are left as they were known. */
  readonly unsure: Set<FileToRead>
  /** Adds to it ids of files that are nodes known by others. */
  readonly dropped: NodeId[]
  /** Adds to it folders where has to be looked for that. */
  readonly again: DiskPath[]
}

type Told = boolean | 'later'

/** Of a file that nobody here may read is told no more later. Other failures pass. */
const lastingCodes: ReadonlySet<string> = new Set(['EACCES', 'EPERM'])

/**
 * Texts that lie where another one was, and are no new version of that one: somebody has moved them there, or has moved
 * that one away and made another. Editors too replace a file by another one, but then it has words of the former. Gives
 * the files the nodes that they were before, and lets none be a text that lies elsewhere now, whose words would else be in
 * two texts: by inodes, and by lines where an editor has replaced what was moved. Says whether there were any.
 */
export async function matchDisplaced(
  looked: Looked,
  files: readonly FileToRead[],
  missing: readonly LocalEntry[],
): Promise<boolean> {
  const texts = new DisplacedTexts(looked, files)
  await texts.matchInodes()
  await texts.matchLines(missing)
  texts.leaveUnread()
  await texts.leaveUnfound()
  return texts.isAnyMatched
}

class DisplacedTexts {
  readonly #looked: Looked
  readonly #files: readonly FileToRead[]
  /** By the text that was known there: another file lies in its place, which may be a new version of it. */
  readonly #replacements = new Map<NodeId, FileToRead>()
  readonly #matched = new Set<NodeId>()
  /** Of which it is to be told yet where they are. */
  readonly #left = new Set<NodeId>()
  readonly #reads = new Map<FileToRead, ReadText>()

  constructor(looked: Looked, files: readonly FileToRead[]) {
    this.#looked = looked
    this.#files = files
    for (const file of files)
      if (file.node && this.#isReplacement(file)) this.#replacements.set(file.node.id, file)
  }

  get isAnyMatched(): boolean {
    return this.#matched.size > 0
  }

  async matchInodes(): Promise<void> {
    for (const file of this.#files) {
      const text = this.#findByInode(file)
      if (text) this.#settle(file, text, await this.#isMoved(file, text))
    }
  }

  /** Gives files the one text that has their lines. What is new where no other was, and missing elsewhere, is not told here. */
  async matchLines(missing: readonly LocalEntry[]): Promise<void> {
    if (this.#files.length + missing.length < 2) return
    const files = this.#filesToCompare()
    const texts = files.length === 0 ? [] : this.#lostTexts(missing)
    const alike = new Map<FileToRead, readonly LocalEntry[]>()
    for (const file of files) alike.set(file, await this.#findAlike(file, texts))
    for (const [file, [text, another]] of alike) {
      if (!text || another || !this.#isLost(text)) continue
      const isOnly = [...alike.values()].filter((found) => found.includes(text)).length === 1
      if (isNew(file) && !(isOnly && this.#replacements.has(text.id))) continue
      this.#settle(file, text, await this.#isAway(text, file))
    }
  }

  /** What lies in the place of a text, and cannot be read yet, is not known as that one: its inode would mislead. */
  leaveUnread(): void {
    const { input, walk } = this.#looked
    if (!input.traits.hasStableInodes) return
    for (const [id, file] of this.#replacements) {
      const isOpen = file.node?.id === id && isUnread(walk, file)
      if (isOpen && this.#isText(id)) this.#leave(file, [])
    }
  }

  /**
   * What lies in the place of a text, and is no version of it, waits until that was looked for everywhere: where not all
   * was looked at, it counts as missing.
   */
  async leaveUnfound(): Promise<void> {
    const { input, walk, unsure } = this.#looked
    if (!input.folders && !this.#isAnyUnread()) return
    for (const [id, file] of [...this.#replacements].slice(0, maxTexts)) {
      if (file.node?.id !== id || file.content === null || unsure.has(file)) continue
      if ((await this.#isAnother(file, id, true)) === false) continue
      unsure.add(file)
      if (input.folders) {
        walk.claimed.delete(id)
        file.node = undefined
      } else walk.kept.add(id)
    }
  }

  /** What was in the place of another may be in such a file. Where inodes tell nothing, most are in their own. */
  #isAnyUnread(): boolean {
    const { input, walk } = this.#looked
    const { hasStableInodes } = input.traits
    const isReplacement = ({ node }: FileToRead): boolean =>
      hasStableInodes && node !== undefined && this.#replacements.has(node.id)
    return this.#files.some(
      (file) =>
        (isNew(file) || isReplacement(file)) &&
        isUnread(walk, file) &&
        !this.#isNeverRead(file) &&
        maySayText(file),
    )
  }

  #isUnreadable(file: FileToRead): boolean {
    return lastingCodes.has(unreadableCode(this.#looked.walk, file) ?? '')
  }

  /** Nothing waits for ever for what is written again and again, or fails each time. */
  #isNeverRead(file: FileToRead): boolean {
    const madeMs = Number(BigInt(file.fingerprint.bornNs) / 1_000_000n)
    const isOld = madeMs > 0 && this.#looked.input.now() - madeMs >= hiddenHoldMs
    return file.content === null && (isOld || this.#isUnreadable(file))
  }

  #isReplacement({ node, fingerprint, isTentative }: FileToRead): boolean {
    const { nodes, walk } = this.#looked
    const known = node && nodes.get(node.id)
    if (known?.kind !== 'file' || isTentative || walk.kept.has(known.id)) return false
    if (!this.#isShared(known)) return false
    if (nodes.writtenAs(fingerprint)?.id === known.id) return false
    // Of a file that was never read, its inode says nothing.
    return known.content === null || nodes.byInode(fingerprint)?.id !== known.id
  }

  /** Both sides know it. */
  #isShared({ id }: Pick<LocalEntry, 'id'>): boolean {
    const { input } = this.#looked
    return input.synced.has(id) || input.sends?.has(id) === true
  }

  #isText(id: NodeId): boolean {
    return this.#looked.input.textOf?.(id) !== undefined
  }

  /** It was found nowhere, unless what lies in its place is a new version of it. */
  #isLost(text: LocalEntry): boolean {
    const { claimed, kept } = this.#looked.walk
    const isHidden = kept.has(text.id) && !this.#left.has(text.id)
    if (isHidden || this.#matched.has(text.id) || !this.#isShared(text)) return false
    return !claimed.has(text.id) || this.#replacements.has(text.id)
  }

  /** Which text it was before by its inode, where that is another one than the one of this place. */
  #findByInode(file: FileToRead): LocalEntry | undefined {
    const { nodes, unsure } = this.#looked
    if (isNew(file) && this.#replacements.size === 0) return undefined
    const text = nodes.byInode(file.fingerprint)
    if (file.file.item.kind !== 'file' || text?.kind !== 'file' || text.id === file.node?.id)
      return undefined
    // What was new already when it was listed has been looked for by its inode.
    const isLookedFor = !file.file.node && !this.#replacements.has(text.id)
    if (isLookedFor || unsure.has(file) || !this.#isLost(text)) return undefined
    return this.#isText(text.id) ? text : undefined
  }

  async #isMoved(file: FileToRead, text: LocalEntry): Promise<Told> {
    const isAway = await this.#isAway(text, file)
    if (isAway === false) return false
    if (file.content === null) return this.#isUnreadable(file) ? isAway : 'later'
    const said = this.#looked.input.textOf?.(text.id)
    const found = said === undefined ? [] : [{ entry: text, lines: linesOf(said) }]
    const isAlikeIt = (await this.#findAlike(file, found)).length > 0
    return this.#looked.unsure.has(file) ? 'later' : isAlikeIt && isAway
  }

  /** Whether no file is at its old place that is still this text, or of which `file` may be a second name. */
  async #isAway(text: LocalEntry, file: FileToRead): Promise<Told> {
    const { input, nodes, walk, again } = this.#looked
    const inPlace = this.#replacements.get(text.id)
    if (inPlace) {
      const isKnown = nodes.byInode(inPlace.fingerprint) !== undefined
      return this.#isAnother(inPlace, text.id, !isKnown)
    }
    const path = walk.pathOf(text)
    const item = path && (await input.disk.look(path))
    if (!path || item?.kind !== 'file') return true
    const isByInode = nodes.byInode(file.fingerprint)?.id === text.id
    const isSecondName = isSameNode(item.fingerprint, file.fingerprint)
    if (!isByInode || isSecondName || walk.visited.has(text.parentId)) return false
    again.push(path.slice(0, -1))
    return 'later'
  }

  /**
   * Whether a file is no version of the text in whose place it lies. Of one that was made there, by `isMade`, it takes more
   * to believe that: editors make one, too.
   */
  async #isAnother(file: FileToRead, id: NodeId, isMade: boolean): Promise<Told> {
    const former = this.#looked.input.textOf?.(id)
    if (former === undefined) return false
    const read = await this.#read(file)
    if (read.kind === 'later') return 'later'
    if (read.kind === 'no-text') return true
    const before = linesOf(former)
    if (isAlike(before, read.lines)) return false
    return !isMade || isRewritten(before.join('\n'), read.lines.join('\n'))
  }

  /** Those in the place of another one first, as others look at what is new as well. */
  #filesToCompare(): readonly FileToRead[] {
    const { unsure } = this.#looked
    const files = this.#files.filter((file) => {
      const isTold = unsure.has(file) || (file.node && this.#matched.has(file.node.id))
      return !isTold && file.content !== null && file.file.item.kind === 'file'
    })
    const fresh = this.#replacements.size > 0 ? files.filter(isNew) : []
    return [...files.filter((file) => !isNew(file)), ...fresh].slice(0, maxTexts)
  }

  #lostTexts(missing: readonly LocalEntry[]): readonly MissingText[] {
    const { input, nodes } = this.#looked
    const replaced = [...this.#replacements.keys()].flatMap((id) => nodes.get(id) ?? [])
    return missingTexts(
      input,
      [...missing, ...replaced].filter((text) => this.#isLost(text)),
    )
  }

  /** Which of the texts has its lines, where it is no version of the one of its place. */
  async #findAlike(
    file: FileToRead,
    texts: readonly MissingText[],
  ): Promise<readonly LocalEntry[]> {
    const others = texts.filter(({ entry }) => entry.id !== file.node?.id)
    if (others.length === 0) return []
    const { node } = file
    // What the server never had has no words that others could have changed.
    const isOther = isNew(file) || !node || !this.#isShared(node)
    const isMoved = isOther || (await this.#isAnother(file, node.id, false))
    const read = isMoved === false ? undefined : await this.#read(file)
    if (read?.kind === 'later')
      this.#leave(
        file,
        others.map(({ entry }) => entry),
      )
    if (read?.kind !== 'text') return []
    return others.filter(({ lines }) => isAlike(lines, read.lines)).map(({ entry }) => entry)
  }

  async #read(file: FileToRead): Promise<ReadText> {
    const { input, walk } = this.#looked
    if (this.#isNeverRead(file)) return { kind: 'no-text' }
    if (file.content === null) return { kind: 'later' }
    const read = this.#reads.get(file) ?? (await readText(input, walk, file))
    this.#reads.set(file, read)
    return read
  }

  #settle(file: FileToRead, text: LocalEntry, isMoved: Told): void {
    if (isMoved === false) return
    const isShared = file.node !== undefined && this.#isShared(file.node)
    const isLater = isMoved === 'later' || this.#left.has(text.id)
    const isOpen = isLater || (isShared && this.#isAnyUnread())
    if (isOpen) this.#leave(file, [text])
    else this.#match(file, text)
  }

  #match(file: FileToRead, text: LocalEntry): void {
    const { walk, dropped } = this.#looked
    const inPlace = this.#replacements.get(text.id)
    if (inPlace?.node?.id === text.id) inPlace.node = undefined
    if (file.node && file.isTentative) dropped.push(file.node.id)
    if (file.node) walk.claimed.delete(file.node.id)
    walk.claimed.add(text.id)
    this.#matched.add(text.id)
    Object.assign(file, { node: text, isTentative: false })
  }

  #leave(file: FileToRead, texts: readonly LocalEntry[]): void {
    const { walk, unsure } = this.#looked
    unsure.add(file)
    for (const { id } of file.node ? [file.node, ...texts] : texts) {
      walk.kept.add(id)
      this.#left.add(id)
      const inPlace = this.#replacements.get(id)
      if (inPlace?.node?.id === id) unsure.add(inPlace)
    }
  }
}
