import * as Y from 'yjs'
import { bytesIn, type DiskNode, type DiskState } from './disk-state.ts'
import { nameKey, textRoot, type ModelServer, type ServerNode } from './model-server.ts'
import type { Oracle } from './oracle.ts'
import type { SeededRandom } from './seeded-random.ts'

const folderNames = ['docs', 'Photos', 'music', 'old']
const fileNames = ['a.txt', 'B.txt', 'c.bin', 'd.bin', 'notes.txt', 'image.bin']

/** What a name says of a file: text is merged, all else replaced. */
export function isTextName(name: string): boolean {
  return name.endsWith('.txt')
}

/** Somebody who works in a linked folder on one disk, and knows what lies there. */
export class DiskUser {
  readonly #disk: DiskState
  readonly #random: SeededRandom
  readonly #oracle: Oracle
  readonly #name: string
  /** By where they were. */
  readonly #moved = new Map<string, DiskNode>()

  constructor(name: string, disk: DiskState, random: SeededRandom, oracle: Oracle) {
    this.#name = name
    this.#disk = disk
    this.#random = random
    this.#oracle = oracle
  }

  /** Does one thing; says what. */
  act(): string {
    const choice = this.#random.next()
    if (choice < 0.35) return this.#write()
    if (choice < 0.65) return this.#edit()
    if (choice < 0.8) return this.#move()
    if (choice < 0.92) return this.#remove()
    return this.#makeFolder()
  }

  #write(): string {
    const path = [...this.#folder(), this.#random.pick(fileNames) ?? '']
    const there = this.#disk.find(path)
    if (there) return this.#edit()
    const bytes = this.#oracle.newContent(this.#name, isTextName(path.at(-1) ?? ''))
    if (this.#disk.write(path, bytes, false)) this.#oracle.wrote(bytes)
    else this.#oracle.never(bytes)
    this.#noteInPlace(path)
    return `${this.#name} makes ${path.join('/')} ${this.#oracle.describe(bytes)}`
  }

  #edit(): string {
    // A text that is called otherwise for a moment, as others swap names with it, is no other kind of file then.
    const files = [...this.#disk.walk()].filter(
      ({ node }) => node.kind === 'file' && !node.name.startsWith('.'),
    )
    const found = this.#random.pick(files)
    if (found?.node.kind !== 'file') return `${this.#name} finds no file`
    const { path, node } = found
    const before = node.bytes
    const after = isTextName(node.name)
      ? this.#oracle.withNewWord(this.#name, before)
      : this.#oracle.newContent(this.#name, false)
    const isInPlace = this.#random.chance(0.5)
    this.#disk.write(path, after, isInPlace)
    this.#oracle.replaced(before, after, this.#disk.traits.hasModes)
    const how = isInPlace ? 'edits' : 'edits anew'
    return `${this.#name} ${how} ${path.join('/')} to ${this.#oracle.describe(after)}`
  }

  #move(): string {
    const found = this.#random.pick([...this.#disk.walk()])
    if (!found) return `${this.#name} has nothing to move`
    const { path, node } = found
    const name = this.#random.chance(0.5) ? node.name : this.#newName(node.name)
    const folder = this.#random.chance(0.5) ? path.slice(0, -1) : this.#folder()
    const to = [...folder, name]
    const isDone = this.#disk.move(path, to)
    if (isDone) this.#noteInPlace(to)
    if (isDone) this.#moved.set(path.join('/'), node)
    return `${this.#name} moves ${path.join('/')} to ${to.join('/')}${isDone ? '' : ', in vain'}`
  }

  #noteInPlace(path: readonly string[]): void {
    const moved = this.#moved.get(path.join('/'))
    if (moved?.kind === 'file' && moved !== this.#disk.find(path))
      this.#oracle.displaced(moved.bytes)
  }

  #remove(): string {
    const found = this.#random.pick([...this.#disk.walk()])
    if (!found) return `${this.#name} has nothing to delete`
    this.#disk.remove(found.path)
    const files = found.node.kind === 'folder' ? [...this.#disk.walk(found.node)] : [found]
    for (const { node } of files) this.#oracle.deleted(bytesIn(node))
    return `${this.#name} deletes ${found.path.join('/')}`
  }

  #makeFolder(): string {
    const path = [...this.#folder(), this.#random.pick(folderNames) ?? '']
    this.#disk.makeFolder(path)
    return `${this.#name} makes the folder ${path.join('/')}`
  }

  #folder(): readonly string[] {
    const folders = [...this.#disk.walk()].filter(({ node }) => node.kind === 'folder')
    if (this.#random.chance(0.4)) return []
    return this.#random.pick(folders)?.path ?? []
  }

  #newName(name: string): string {
    const names = name.includes('.')
      ? fileNames.filter((one) => endOf(one) === endOf(name))
      : folderNames
    const other = this.#random.pick(names) ?? name
    return this.#random.chance(0.2) ? swapCase(other) : other
  }
}

/** Somebody in a browser, who sees what the server has. */
export class ServerUser {
  readonly #server: ModelServer
  readonly #random: SeededRandom
  readonly #oracle: Oracle

  constructor(server: ModelServer, random: SeededRandom, oracle: Oracle) {
    this.#server = server
    this.#random = random
    this.#oracle = oracle
  }

  act(): string {
    const nodes = [...this.#server.nodes.values()].filter((node) => this.#server.isVisible(node))
    const choice = this.#random.next()
    if (choice < 0.35) return this.#type(nodes)
    if (choice < 0.5) return this.#create(nodes)
    if (choice < 0.6) return this.#replace(nodes)
    if (choice < 0.8) return this.#move(nodes)
    if (choice < 0.92) return this.#trash(nodes)
    return this.#restore()
  }

  #type(nodes: ServerNode[]): string {
    const node = this.#random.pick(nodes.filter(({ document }) => document))
    if (!node?.document) return 'browser finds no text'
    const document = new Y.Doc()
    document.clientID = 1 + this.#random.below(2 ** 31)
    Y.applyUpdate(document, Y.encodeStateAsUpdate(node.document))
    const before = Y.encodeStateVector(document)
    const text = document.getText(textRoot)
    const lines = text.toJSON().split('\n')
    const at = lines.slice(0, this.#random.below(lines.length)).join('\n').length
    const word = this.#oracle.newWord('browser')
    text.insert(at === 0 ? 0 : at + 1, `${word}\n`)
    this.#server.applyToText(node, Y.encodeStateAsUpdate(document, before))
    document.destroy()
    return `browser types ${word} into ${node.name}`
  }

  #create(nodes: ServerNode[]): string {
    const parentId = this.#folder(nodes)
    const isFolder = this.#random.chance(0.3)
    const name = this.#random.pick(isFolder ? folderNames : fileNames) ?? ''
    const at = { id: this.#random.id(), parentId, name }
    if (isFolder) {
      this.#server.createFolder(at)
      return `browser makes the folder ${name}`
    }
    const bytes = this.#oracle.newContent('browser', isTextName(name))
    if (this.#server.createFile(at, bytes).kind === 'done') this.#oracle.wrote(bytes)
    else this.#oracle.never(bytes)
    return `browser makes ${name} ${this.#oracle.describe(bytes)}`
  }

  #replace(nodes: ServerNode[]): string {
    const node = this.#random.pick(
      nodes.filter(({ kind, document }) => kind === 'file' && !document),
    )
    if (!node) return 'browser has nothing to replace'
    const before = node.bytes
    const after = this.#oracle.newContent('browser', false)
    this.#server.replace(node.id, after, this.#server.contentOf(node) ?? '')
    this.#oracle.replaced(before, after)
    return `browser replaces ${node.name} by ${this.#oracle.describe(after)}`
  }

  #move(nodes: ServerNode[]): string {
    const node = this.#random.pick(nodes)
    if (!node) return 'browser has nothing to move'
    const names =
      node.kind === 'folder'
        ? folderNames
        : fileNames.filter((one) => endOf(one) === endOf(node.name))
    const name = this.#random.chance(0.5) ? node.name : (this.#random.pick(names) ?? node.name)
    const parentId = this.#random.chance(0.5) ? node.parentId : this.#folder(nodes)
    const outcome = this.#server.move({ id: node.id, parentId, name })
    return `browser moves ${node.id} to ${name} in ${parentId}: ${outcome.kind}`
  }

  #trash(nodes: ServerNode[]): string {
    const node = this.#random.pick(nodes)
    if (!node) return 'browser has nothing to delete'
    for (const below of nodes)
      if (this.#isWithin(below, node) && below.kind !== 'folder')
        this.#oracle.deleted(this.#server.bytesOf(below))
    this.#server.trashByUser(node)
    return `browser deletes ${node.name}`
  }

  #restore(): string {
    const trashed = [...this.#server.nodes.values()].filter(({ isTrashed }) => isTrashed)
    const node = this.#random.pick(trashed)
    if (!node) return 'browser has nothing to restore'
    this.#server.restore(node.id)
    return `browser restores ${node.name}`
  }

  #isWithin(node: ServerNode, folder: ServerNode): boolean {
    if (node === folder) return true
    const parent = this.#server.nodes.get(node.parentId)
    return parent !== undefined && this.#isWithin(parent, folder)
  }

  #folder(nodes: ServerNode[]) {
    if (this.#random.chance(0.4)) return this.#server.rootId
    return (
      this.#random.pick(nodes.filter(({ kind }) => kind === 'folder'))?.id ?? this.#server.rootId
    )
  }
}

function endOf(name: string): string {
  return name.split('.').at(-1) ?? ''
}

function swapCase(name: string): string {
  return nameKey(name) === name
    ? name.toUpperCase().replace('.TXT', '.txt').replace('.BIN', '.bin')
    : nameKey(name)
}
