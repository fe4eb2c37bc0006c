import type { DiskPath } from '../ports.ts'
import type { DiskFile, DiskState } from './disk-state.ts'
import type { Oracle } from './oracle.ts'
import type { SeededRandom } from './seeded-random.ts'
import { isTextName } from './users.ts'

const otherNames = ['a.txt', 'B.txt', 'notes.txt']

interface Found {
  readonly path: DiskPath
  readonly node: DiskFile
}

/**
 * People who move a text away and put another under its name, before anybody has looked: one that they make, or one that
 * was elsewhere. What lies in the place of a text is then not that text.
 */
export class DisplacingUsers {
  readonly #disks: readonly DiskState[]
  readonly #random: SeededRandom
  readonly #oracle: Oracle

  constructor(parts: {
    readonly disks: readonly DiskState[]
    readonly random: SeededRandom
    readonly oracle: Oracle
  }) {
    this.#disks = parts.disks
    this.#random = parts.random
    this.#oracle = parts.oracle
  }

  act(): string {
    const disk = this.#random.pick(this.#disks)
    const moved = disk && this.#random.pick(textsOf(disk))
    if (!moved) return 'nobody displaces a text'
    const { path, node } = moved
    const to = [...this.#folder(disk), this.#random.pick(otherNames) ?? '']
    const there = disk.find(to)
    if (there === node || (there && there.kind !== 'file')) return 'nobody displaces a text'
    if (there && this.#random.chance(0.5)) return this.#swap(disk, moved, { path: to, node: there })
    if (there) this.#oracle.deleted(there.bytes)
    if (there) disk.remove(to)
    if (!disk.move(path, to)) return 'nobody displaces a text'
    const edited = this.#random.chance(0.3) ? this.#edit(disk, { path: to, node }) : ''
    const made = this.#fill(disk, path, to)
    return `somebody moves ${path.join('/')} to ${to.join('/')}${edited}, and ${made}`
  }

  #swap(disk: DiskState, one: Found, other: Found): string {
    const aside = ['aside.txt']
    disk.move(one.path, aside)
    disk.move(other.path, one.path)
    disk.move(aside, other.path)
    return `somebody swaps ${one.path.join('/')} and ${other.path.join('/')}`
  }

  #edit(disk: DiskState, { path, node }: Found): string {
    const after = this.#oracle.withNewWord(this.#nameOf(disk), node.bytes)
    const isInPlace = this.#random.chance(0.5)
    disk.write(path, after, isInPlace)
    this.#oracle.replaced(node.bytes, after, disk.traits.hasModes)
    return ` ${isInPlace ? 'with' : 'anew with'} ${this.#oracle.describe(after)}`
  }

  /** With what is new, or with a text from elsewhere. */
  #fill(disk: DiskState, path: DiskPath, movedTo: DiskPath): string {
    const others = textsOf(disk).filter((text) => text.path.join('/') !== movedTo.join('/'))
    const other = this.#random.chance(0.3) ? this.#random.pick(others) : undefined
    if (other && disk.move(other.path, path)) return `${other.path.join('/')} to where it was`
    const bytes = this.#oracle.newContent(this.#nameOf(disk), true)
    if (disk.write(path, bytes, false)) this.#oracle.wrote(bytes)
    else this.#oracle.never(bytes)
    return `makes another there ${this.#oracle.describe(bytes)}`
  }

  /** One for each disk, as two never type the same. */
  #nameOf(disk: DiskState): string {
    return `mover${this.#disks.indexOf(disk) + 1}`
  }

  #folder(disk: DiskState): DiskPath {
    const folders = [...disk.walk()].filter(({ node }) => node.kind === 'folder')
    return this.#random.chance(0.5) ? [] : (this.#random.pick(folders)?.path ?? [])
  }
}

function textsOf(disk: DiskState): Found[] {
  const texts: Found[] = []
  for (const { path, node } of disk.walk())
    if (node.kind === 'file' && isTextName(node.name)) texts.push({ path, node })
  return texts
}
