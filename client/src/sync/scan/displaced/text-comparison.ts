import type { NodeId } from '@cloudsync/protocol'
import type { LocalEntry } from '../../model/entry.ts'
import { isRewritten } from '../../texts/ingest-text.ts'
import type { MissingText } from '../match-rewritten.ts'
import { isNew, type FileToRead } from '../read-files.ts'
import { isAlike, linesOf, readText, type ReadText } from '../read-text.ts'
import { isShared, type Looked, type Told } from './looked.ts'
import { isNeverRead } from './never-read.ts'

/** Says by their lines which texts files are, and reads each file once for that. */
export class TextComparison {
  readonly #looked: Looked
  readonly #reads = new Map<FileToRead, ReadText>()

  constructor(looked: Looked) {
    this.#looked = looked
  }

  /**
   * Whether a file is no version of the text in whose place it lies. Of one that was made there, by `isMade`, it takes more
   * to believe that: editors make one, too.
   */
  async isAnother(file: FileToRead, id: NodeId, isMade: boolean): Promise<Told> {
    const former = this.#looked.input.textOf?.(id)
    if (former === undefined) return false
    const read = await this.#read(file)
    if (read.kind === 'later') return 'later'
    if (read.kind === 'no-text') return true
    const before = linesOf(former)
    if (isAlike(before, read.lines)) return false
    return !isMade || isRewritten(before.join('\n'), read.lines.join('\n'))
  }

  /** Which of the texts has its lines, where it is no version of the one of its place. */
  async findAlike(
    file: FileToRead,
    texts: readonly MissingText[],
  ): Promise<readonly LocalEntry[] | 'later'> {
    if (texts.length === 0) return []
    const { node } = file
    // What the server never had has no words that others could have changed.
    const isOther = isNew(file) || !node || !isShared(this.#looked, node.id)
    const isMoved = isOther || (await this.isAnother(file, node.id, false))
    if (isMoved === false) return []
    const read = await this.#read(file)
    if (read.kind === 'later') return 'later'
    if (read.kind === 'no-text') return []
    return texts.filter(({ lines }) => isAlike(lines, read.lines)).map(({ entry }) => entry)
  }

  async #read(file: FileToRead): Promise<ReadText> {
    const { input, walk } = this.#looked
    if (isNeverRead(this.#looked, file)) return { kind: 'no-text' }
    if (file.content === null) return { kind: 'later' }
    const read = this.#reads.get(file) ?? (await readText(input, walk, file))
    this.#reads.set(file, read)
    return read
  }
}
