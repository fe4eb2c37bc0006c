import type { DiskState } from './disk-state.ts'
import type { ModelServer } from './model-server.ts'

const word = /<[a-z]+\d*-\d+>/g

/**
 * Knows all that users ever wrote and what of it somebody who had seen it overwrote or deleted, and says what is missing
 * in the end. Contents are values that no two users make alike: a blob is one, a text is made of many words.
 */
export class Oracle {
  readonly #blobs = new Map<string, 'wanted' | 'overwritten'>()
  readonly #words = new Map<string, 'wanted' | 'deleted'>()
  #count = 0

  newWord(user: string): string {
    const made = `<${user}-${++this.#count}>`
    this.#words.set(made, 'wanted')
    return made
  }

  newContent(user: string, isText: boolean): Uint8Array {
    if (isText) return Buffer.from(`${this.newWord(user)}\n`)
    return Buffer.from(`\0${user}-${++this.#count}`)
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
    if (text.startsWith('\0')) this.#blobs.set(text, 'wanted')
  }

  replaced(before: Uint8Array, after: Uint8Array): void {
    const text = Buffer.from(before).toString()
    if (this.#blobs.has(text)) this.#blobs.set(text, 'overwritten')
    this.wrote(after)
  }

  /** By somebody who saw what was in it. */
  deleted(bytes: Uint8Array): void {
    const text = Buffer.from(bytes).toString()
    if (this.#blobs.has(text)) this.#blobs.set(text, 'overwritten')
    for (const [found] of text.matchAll(word)) this.#words.set(found, 'deleted')
  }

  /** What a user made that never came to lie anywhere. */
  never(bytes: Uint8Array): void {
    for (const [found] of Buffer.from(bytes).toString().matchAll(word)) this.#words.delete(found)
  }

  /** All that is wrong when everything has come to rest. */
  findFaults(server: ModelServer, disks: readonly DiskState[]): string[] {
    return [
      ...this.#findLostBlobs(server),
      ...this.#findWrongWords(server),
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

  #findWrongWords(server: ModelServer): string[] {
    const counts = new Map<string, number>()
    for (const node of server.nodes.values())
      if (node.document && server.isVisible(node)) {
        const text = Buffer.from(server.bytesOf(node)).toString()
        for (const [found] of text.matchAll(word)) counts.set(found, (counts.get(found) ?? 0) + 1)
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

function findDifferences(server: ModelServer, disk: DiskState, name: string): string[] {
  const expected = new Map<string, string>()
  for (const entry of server.snapshot()) {
    const names = [entry.name]
    for (let at = server.nodes.get(entry.parentId); at; at = server.nodes.get(at.parentId))
      names.unshift(at.name)
    const node = server.nodes.get(entry.id)
    expected.set(
      names.join('/'),
      entry.kind === 'folder' || !node ? 'folder' : Buffer.from(server.bytesOf(node)).toString(),
    )
  }
  const found = new Map<string, string>()
  for (const { path, node } of disk.walk())
    found.set(
      path.join('/'),
      node.kind === 'folder' ? 'folder' : Buffer.from(node.bytes).toString(),
    )
  const faults: string[] = []
  for (const [path, content] of expected)
    if (found.get(path) !== content)
      faults.push(
        `${name}: ${path} is ${JSON.stringify(found.get(path))}, the server has ${JSON.stringify(content)}`,
      )
  for (const [path, content] of found)
    if (!expected.has(path))
      faults.push(`${name}: ${path} (${JSON.stringify(content)}) is not on the server`)
  return faults
}
