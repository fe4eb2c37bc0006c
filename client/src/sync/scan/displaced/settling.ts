import type { NodeId } from '@cloudsync/protocol'
import type { LocalEntry } from '../../model/entry.ts'
import type { FileToRead } from '../read-files.ts'
import { isShared, type Looked, type Told } from './looked.ts'
import type { Replacements } from './replacements.ts'

/** Gives files the texts that they are, or leaves both as they were known, for one of the next looks. */
export class Settling {
  readonly #looked: Looked
  readonly #replacements: Replacements
  readonly #matched = new Set<NodeId>()
  /** Of which it is to be told yet where they are. */
  readonly #left = new Set<NodeId>()

  constructor(looked: Looked, replacements: Replacements) {
    this.#looked = looked
    this.#replacements = replacements
  }

  get isAnyMatched(): boolean {
    return this.#matched.size > 0
  }

  /** It is known which text that file is, or that this is to be told yet. */
  isTold(file: FileToRead): boolean {
    const isMatched = file.node !== undefined && this.#matched.has(file.node.id)
    return isMatched || this.#looked.unsure.has(file)
  }

  /** It was found nowhere, unless what lies in its place is a new version of it. */
  isLost({ id }: LocalEntry): boolean {
    const { claimed, kept } = this.#looked.walk
    const isHidden = kept.has(id) && !this.#left.has(id)
    if (isHidden || this.#matched.has(id) || !isShared(this.#looked, id)) return false
    return !claimed.has(id) || this.#replacements.has(id)
  }

  settle(file: FileToRead, text: LocalEntry, isMoved: Told): void {
    if (isMoved === false) return
    const isLater = isMoved === 'later' || this.#left.has(text.id)
    // What was in its place may lie in a file that is read later, and be no version of it either.
    const isInPlace = file.node !== undefined && isShared(this.#looked, file.node.id)
    if (isLater || (isInPlace && this.#replacements.isAnyUnread())) this.leave(file, [text])
    else this.#match(file, text)
  }

  #match(file: FileToRead, text: LocalEntry): void {
    const { walk, dropped } = this.#looked
    const inPlace = this.#replacements.of(text.id)
    if (inPlace?.node?.id === text.id) inPlace.node = undefined
    if (file.node && file.isTentative) dropped.push(file.node.id)
    if (file.node) walk.claimed.delete(file.node.id)
    walk.claimed.add(text.id)
    this.#matched.add(text.id)
    Object.assign(file, { node: text, isTentative: false })
  }

  /** The file may be any of these texts; none of them is given away meanwhile, nor counts as missing. */
  leave(file: FileToRead, texts: readonly LocalEntry[]): void {
    const { walk, unsure } = this.#looked
    unsure.add(file)
    for (const { id } of file.node ? [file.node, ...texts] : texts) {
      walk.kept.add(id)
      this.#left.add(id)
      const inPlace = this.#replacements.of(id)
      if (inPlace?.node?.id === id) unsure.add(inPlace)
    }
  }
}
