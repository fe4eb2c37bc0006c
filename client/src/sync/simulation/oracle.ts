import { bytesIn, type DiskState } from './disk-state.ts'
import type { EntryKind } from '../model/entry.ts'
import type { ModelServer, ServerNode } from './model-server.ts'

/** Two lines that were one become `<u1-2 u3-4>`: what both have in common is there once. */
const words = /<([a-z]+\d*-\d+(?: [a-z]+\d*-\d+)*)>/g

/**
 * Knows all that users ever wrote and what of it somebody who had seen it overwrote or deleted, and says what is missing
 * in the end. Contents are values that no two users make alike: a blob is one, a text is made of many words.
 */
export class Oracle {
  readonly #blobs = new Map<string, 'wanted' | 'overwritten'>()
  readonly #words = new Map<string, 'wanted' | 'deleted'>()
  /** Blobs and words of files that somebody made executable, and nobody ever made not. */
  readonly #granted = new Set<string>()
  /** First words of texts: where one is in the text of another, somebody has put a new file into its place. */
  readonly #first = new Set<string>()
  /** A deletion wins over a mode that its maker had not seen, also where the content comes back for another reason. */
  readonly #deleted = new Set<string>()
  /** Blobs that lie elsewhere than the file that they were; see `displaced`. */
  readonly #copied = new Set<string>()
  #count = 0

  newWord(user: string): string {
    const made = `<${user}-${++this.#count}>`
    this.#words.set(made, 'wanted')
    return made
  }

  newContent(user: string, isText: boolean): Uint8Array {
    if (isText) {
      const made = this.newWord(user)
      this.#first.add(made)
      return Buffer.from(`${made}\n`)
    }
    return Buffer.from(`\0${user}-${++this.#count}`)
  }

  newTarget(user: string): string {
    return `->${user}-${++this.#count}`
  }

  /** Where nobody takes it away, a file that became executable stays so, whatever becomes of it. */
  granted(bytes: Uint8Array): void {
    for (const value of valuesIn(bytes)) this.#granted.add(value)
  }

  /** A line more, somewhere. */
  withNewWord(user: string, bytes: Uint8Array): Uint8Array {
    const lines = Buffer.from(bytes).toString().split('\n')
    const made = this.newWord(user)
    lines.splice(this.#count % lines.length, 0, made)
    return Buffer.from(lines.join('\n'))
  }

  describe(bytes: Uint8Array): string {
    return JSON.stringify(Buffer.from(bytes).toString())
  }

  wrote(bytes: Uint8Array): void {
    const text = Buffer.from(bytes).toString()
    if (isValue(text)) this.#blobs.set(text, 'wanted')
  }

  /** `keepsMode`: whoever made it knows which files are executable, also where it comes to lie under another name. */
  replaced(before: Uint8Array, after: Uint8Array, keepsMode = true): void {
    const text = Buffer.from(before).toString()
    if (this.#blobs.has(text)) this.#blobs.set(text, 'overwritten')
    if (keepsMode && valuesIn(before).some((value) => this.#isGranted(value))) this.granted(after)
    if (this.#copied.has(text)) this.displaced(after)
    this.wrote(after)
  }

  /**
   * It was moved away, and another one came into its place. An editor that keeps the former version beside what it saves
   * leaves the same on the disk. A blob does not tell one from the other, and so counts as a copy: what somebody elsewhere
   * makes executable is what lies in its place.
   */
  displaced(bytes: Uint8Array): void {
    for (const value of valuesIn(bytes)) if (isValue(value)) this.#copied.add(value)
  }

  /** By somebody who saw what was in it. */
  deleted(bytes: Uint8Array): void {
    const text = Buffer.from(bytes).toString()
    for (const value of valuesIn(bytes)) this.#deleted.add(value)
    if (this.#blobs.has(text)) this.#blobs.set(text, 'overwritten')
    for (const found of wordsIn(text)) this.#words.set(found, 'deleted')
  }

  /** What a user made that never came to lie anywhere. */
  never(bytes: Uint8Array): void {
    for (const found of wordsIn(Buffer.from(bytes).toString())) this.#words.delete(found)
  }

  /** All that is wrong when everything has come to rest. */
  findFaults(server: ModelServer, disks: readonly DiskState[]): string[] {
    return [
      ...this.#findLostBlobs(server),
      ...this.#findWrongWords(server),
      ...this.#findLostModes(server),
      ...disks.flatMap((disk, index) => findDifferences(server, disk, `disk ${index + 1}`)),
    ]
  }

  #findLostBlobs(server: ModelServer): string[] {
    const kept = new Set<string>()
    for (const node of server.nodes.values())
      for (const bytes of server.isVisible(node) ? [node.bytes, ...node.versions] : node.versions)
        kept.add(Buffer.from(bytes).toString())
    return [...this.#blobs]
      .filter(([content, fate]) => fate === 'wanted' && !kept.has(content))
      .map(([content]) => `lost: ${JSON.stringify(content)}`)
  }

  #findLostModes(server: ModelServer): string[] {
    return [...server.nodes.values()]
      .filter((node) => node.kind === 'file' && !node.isExecutable && server.isVisible(node))
      .filter((node) => this.#hasToBeExecutable(valuesIn(server.bytesOf(node))))
      .map(({ name }) => `not executable any more: ${name}`)
  }

  /** What was deleted since may be replaced by somebody who has heard of neither: the mode went with it. */
  #isGranted(value: string): boolean {
    return this.#granted.has(value) && !this.#deleted.has(value)
  }

  #hasToBeExecutable(values: readonly string[]): boolean {
    const first = values.filter((value) => isValue(value) || this.#first.has(value))
    const isGranted = first.length > 0 && first.every((value) => this.#granted.has(value))
    return isGranted && !values.some((value) => this.#deleted.has(value) || this.#copied.has(value))
  }

  #findWrongWords(server: ModelServer): string[] {
    const counts = new Map<string, number>()
    for (const node of server.nodes.values())
      if (node.document && server.isVisible(node)) {
        const text = Buffer.from(server.bytesOf(node)).toString()
        for (const found of wordsIn(text)) counts.set(found, (counts.get(found) ?? 0) + 1)
      }
    const faults: string[] = []
    for (const [made, fate] of this.#words) {
      const count = counts.get(made) ?? 0
      if (count === 0 && fate === 'wanted') faults.push(`lost: ${made}`)
      if (count > 1) faults.push(`${count} times: ${made}`)
    }
    return faults
  }
}

function isValue(text: string): boolean {
  return text.startsWith('\0') || text.startsWith('->')
}

/** A blob is one value, a text as many as it has words. */
function valuesIn(bytes: Uint8Array): string[] {
  const text = Buffer.from(bytes).toString()
  return isValue(text) ? [text] : wordsIn(text)
}

function wordsIn(text: string): string[] {
  return [...text.matchAll(words)].flatMap(([, found = '']) =>
    found.split(' ').map((made) => `<${made}>`),
  )
}

function tell(kind: EntryKind, bytes: Uint8Array, isExecutable: boolean): string {
  if (kind === 'folder') return kind
  const said = Buffer.from(bytes).toString()
  if (kind === 'symlink') return `link to ${said}`
  return isExecutable ? `executable ${said}` : said
}

function mayBeKeptAway({ traits }: DiskState): boolean {
  return traits.holdsLinks === false
}

/** A link, where the disk holds none, and a folder for the sake of one, which may have been deleted here. */
function isKeptAway(server: ModelServer, disk: DiskState, node: ServerNode): boolean {
  if (!mayBeKeptAway(disk)) return false
  if (node.kind !== 'folder') return node.kind === 'symlink'
  return [...server.nodes.values()].some(
    (each) => each.parentId === node.id && server.isVisible(each) && isKeptAway(server, disk, each),
  )
}

function findDifferences(server: ModelServer, disk: DiskState, name: string): string[] {
  const expected = new Map<string, string>()
  for (const entry of server.snapshot()) {
    const names = [entry.name]
    for (let at = server.nodes.get(entry.parentId); at; at = server.nodes.get(at.parentId))
      names.unshift(at.name)
    const node = server.nodes.get(entry.id)
    if (!node || isKeptAway(server, disk, node)) continue
    const { kind, isExecutable } = node
    const isRun = disk.traits.hasModes === true && server.knowsModes && isExecutable
    expected.set(names.join('/'), tell(kind, server.bytesOf(node), isRun))
  }
  const found = new Map<string, string>()
  for (const { path, node } of disk.walk()) {
    const isRun =
      node.kind === 'file' && disk.traits.hasModes === true && node.isExecutable === true
    found.set(path.join('/'), tell(node.kind, bytesIn(node), isRun))
  }
  const faults: string[] = []
  for (const [path, content] of expected)
    if (found.get(path) !== content)
      faults.push(
        `${name}: ${path} is ${JSON.stringify(found.get(path))}, the server has ${JSON.stringify(content)}`,
      )
  for (const [path, content] of found)
    if (!expected.has(path) && (content !== 'folder' || !mayBeKeptAway(disk)))
      faults.push(`${name}: ${path} (${JSON.stringify(content)}) is not on the server`)
  return faults
}
