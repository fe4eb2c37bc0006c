import { bytesIn, type DiskState } from './disk-state.ts'
import type { ModelServer } from './model-server.ts'
import type { Oracle } from './oracle.ts'
import type { SeededRandom } from './seeded-random.ts'

const linkNames = ['link', 'a.txt', 'd.bin', 'Link']

/** People who make files executable and put symbolic links where they like, on disks and in a browser. */
export class ModeUsers {
  readonly #disks: readonly DiskState[]
  readonly #server: ModelServer
  readonly #random: SeededRandom
  readonly #oracle: Oracle
  /** Nobody makes a file not executable, so that the oracle knows which have to be. */
  readonly #grantsOnly: boolean

  constructor(parts: {
    disks: readonly DiskState[]
    server: ModelServer
    random: SeededRandom
    oracle: Oracle
  }) {
    this.#disks = parts.disks
    this.#server = parts.server
    this.#random = parts.random
    this.#oracle = parts.oracle
    this.#grantsOnly = parts.random.chance(0.5)
  }

  act(): string {
    const disk = this.#random.pick(this.#disks)
    const choice = this.#random.next()
    if (!disk || choice < 0.2) return this.#changeOnServer()
    if (choice < 0.35) return this.#linkOnServer()
    if (choice < 0.65) return this.#changeOnDisk(disk)
    return this.#linkOnDisk(disk)
  }

  #changeOnDisk(disk: DiskState): string {
    const files = [...disk.walk()].filter(({ node }) => node.kind === 'file')
    const found = this.#random.pick(files)
    const isExecutable = this.#grantsOnly || this.#random.chance(0.5)
    if (!found || disk.traits.hasModes !== true) return 'nobody changes a mode'
    disk.setMode(found.path, isExecutable)
    if (this.#grantsOnly) this.#oracle.granted(bytesIn(found.node))
    return `somebody makes ${found.path.join('/')} ${isExecutable ? '' : 'not '}executable`
  }

  #changeOnServer(): string {
    const files = [...this.#server.nodes.values()].filter(
      (node) => node.kind === 'file' && this.#server.isVisible(node),
    )
    const node = this.#random.pick(files)
    const isExecutable = this.#grantsOnly || this.#random.chance(0.5)
    if (!node) return 'browser finds nothing to make executable'
    this.#server.setExecutable(node.id, isExecutable)
    if (this.#grantsOnly) this.#oracle.granted(this.#server.bytesOf(node))
    return `browser makes ${node.name} ${isExecutable ? '' : 'not '}executable`
  }

  /** A new one, or in the place of a file or of another one. */
  #linkOnDisk(disk: DiskState): string {
    const places = [...disk.walk()]
    const folders = places.filter(({ node }) => node.kind === 'folder')
    const others = places.filter(({ node }) => node.kind !== 'folder')
    const folder = this.#random.chance(0.5) ? [] : (this.#random.pick(folders)?.path ?? [])
    const fresh = [...folder, this.#random.pick(linkNames) ?? 'link']
    const path = this.#random.chance(0.4) ? (this.#random.pick(others)?.path ?? fresh) : fresh
    const there = disk.find(path)
    if (disk.traits.holdsLinks === false || there?.kind === 'folder') return 'nobody makes a link'
    const target = this.#oracle.newTarget('link')
    if (!disk.link(path, target)) return 'nobody makes a link'
    if (there) this.#oracle.deleted(bytesIn(there))
    this.#oracle.wrote(Buffer.from(target))
    return `somebody makes ${path.join('/')} a link to ${target}`
  }

  #linkOnServer(): string {
    const nodes = [...this.#server.nodes.values()].filter((node) => this.#server.isVisible(node))
    const bytes = Buffer.from(this.#oracle.newTarget('browser'))
    const link = this.#random.pick(nodes.filter(({ kind }) => kind === 'symlink'))
    if (link && this.#random.chance(0.5)) {
      const before = link.bytes
      this.#server.replace(link.id, bytes, this.#server.contentOf(link) ?? '')
      this.#oracle.replaced(before, bytes)
      return `browser changes the link ${link.name} to ${bytes.toString()}`
    }
    const parent = this.#random.pick(nodes.filter(({ kind }) => kind === 'folder'))
    const parentId = this.#random.chance(0.5) || !parent ? this.#server.rootId : parent.id
    const at = { id: this.#random.id(), parentId, name: this.#random.pick(linkNames) ?? 'link' }
    const outcome = this.#server.createFile(at, bytes, { isLink: true })
    if (outcome.kind === 'done') this.#oracle.wrote(bytes)
    return `browser makes the link ${at.name} to ${bytes.toString()}: ${outcome.kind}`
  }
}
