import type { LocalEntry } from '../model/entry.ts'
import { isSameNode } from '../model/fingerprint.ts'
import { isText, type Looked, type Told } from './displaced/looked.ts'
import { isUnreadable } from './displaced/never-read.ts'
import { Replacements } from './displaced/replacements.ts'
import { Settling } from './displaced/settling.ts'
import { TextComparison } from './displaced/text-comparison.ts'
import { maxTexts, missingTexts, type MissingText } from './match-rewritten.ts'
import { isNew, isUnread, type FileToRead } from './read-files.ts'

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

/** What is told in each step counts in those after it. */
class DisplacedTexts {
  readonly #looked: Looked
  readonly #files: readonly FileToRead[]
  readonly #replacements: Replacements
  readonly #settling: Settling
  readonly #comparison: TextComparison

  constructor(looked: Looked, files: readonly FileToRead[]) {
    this.#looked = looked
    this.#files = files
    this.#replacements = new Replacements(looked, files)
    this.#settling = new Settling(looked, this.#replacements)
    this.#comparison = new TextComparison(looked)
  }

  get isAnyMatched(): boolean {
    return this.#settling.isAnyMatched
  }

  async matchInodes(): Promise<void> {
    for (const file of this.#files) {
      const text = this.#findByInode(file)
      if (text) this.#settling.settle(file, text, await this.#isMoved(file, text))
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
      if (!text || another || !this.#settling.isLost(text)) continue
      const isOnly = [...alike.values()].filter((found) => found.includes(text)).length === 1
      if (isNew(file) && !(isOnly && this.#replacements.has(text.id))) continue
      this.#settling.settle(file, text, await this.#isAway(text, file))
    }
  }

  /** What lies in the place of a text, and cannot be read yet, is not known as that one: its inode would mislead. */
  leaveUnread(): void {
    const { input, walk } = this.#looked
    if (!input.traits.hasStableInodes) return
    for (const [id, file] of this.#replacements.versions())
      if (isUnread(walk, file) && isText(this.#looked, id)) this.#settling.leave(file, [])
  }

  /**
   * What lies in the place of a text, and is no version of it, waits until that was looked for everywhere: where not all
   * was looked at, it counts as missing.
   */
  async leaveUnfound(): Promise<void> {
    const { input, walk, unsure } = this.#looked
    if (!input.folders && !this.#replacements.isAnyUnread()) return
    for (const id of this.#replacements.ids.slice(0, maxTexts)) {
      const file = this.#replacements.of(id)
      if (file?.node?.id !== id || file.content === null || unsure.has(file)) continue
      if ((await this.#comparison.isAnother(file, id, true)) === false) continue
      unsure.add(file)
      if (input.folders) {
        walk.claimed.delete(id)
        file.node = undefined
      } else walk.kept.add(id)
    }
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
    if (isLookedFor || unsure.has(file) || !this.#settling.isLost(text)) return undefined
    return isText(this.#looked, text.id) ? text : undefined
  }

  async #isMoved(file: FileToRead, text: LocalEntry): Promise<Told> {
    const isAway = await this.#isAway(text, file)
    if (isAway === false) return false
    if (file.content === null) return isUnreadable(this.#looked, file) ? isAway : 'later'
    const isAlikeIt = (await this.#findAlike(file, this.#remembered([text]))).length > 0
    return this.#looked.unsure.has(file) ? 'later' : isAlikeIt && isAway
  }

  /** Whether no file is at its old place that is still this text, or of which `file` may be a second name. */
  async #isAway(text: LocalEntry, file: FileToRead): Promise<Told> {
    const { input, nodes, walk, again } = this.#looked
    const inPlace = this.#replacements.of(text.id)
    if (inPlace) {
      const isKnown = nodes.byInode(inPlace.fingerprint) !== undefined
      return this.#comparison.isAnother(inPlace, text.id, !isKnown)
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

  /** Those in the place of another one first, as others look at what is new as well. */
  #filesToCompare(): readonly FileToRead[] {
    const files = this.#files.filter((file) => {
      const isRead = file.content !== null && file.file.item.kind === 'file'
      return isRead && !this.#settling.isTold(file)
    })
    const fresh = this.#replacements.size > 0 ? files.filter(isNew) : []
    return [...files.filter((file) => !isNew(file)), ...fresh].slice(0, maxTexts)
  }

  #lostTexts(missing: readonly LocalEntry[]): readonly MissingText[] {
    const { nodes } = this.#looked
    const replaced = this.#replacements.ids.flatMap((id) => nodes.get(id) ?? [])
    return this.#remembered([...missing, ...replaced].filter((text) => this.#settling.isLost(text)))
  }

  #remembered(texts: readonly LocalEntry[]): readonly MissingText[] {
    return missingTexts(this.#looked.input, texts)
  }

  /** Which of the texts has its lines. Where that is to be told yet, it may be any of them. */
  async #findAlike(
    file: FileToRead,
    texts: readonly MissingText[],
  ): Promise<readonly LocalEntry[]> {
    const others = texts.filter(({ entry }) => entry.id !== file.node?.id)
    const found = await this.#comparison.findAlike(file, others)
    if (found !== 'later') return found
    this.#settling.leave(
      file,
      others.map(({ entry }) => entry),
    )
    return []
  }
}
