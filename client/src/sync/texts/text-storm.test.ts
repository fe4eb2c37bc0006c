import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { decodeText, encodeText, readText, textRootName, type TextFormat } from '@cloudsync/crdt'
import { Random } from '@cloudsync/crdt/testing'
import * as Y from 'yjs'
import { absorbText, outgoingText } from './absorb-text.ts'
import { ingestText } from './ingest-text.ts'
import { decodeTextState, encodeTextState } from './text-record.ts'
import { nextWrite, sha256Of, startText, written, type TextState } from './text-state.ts'

const letters = 'abcdefghijklmnopqrstuvwxyz'.split('')
const seeds = Number(process.env['TEXT_STORM_SEEDS'] ?? 60)

/** The server's side of one text: it merges, and answers what a state vector lacks. */
class ServerText {
  readonly doc = new Y.Doc()
  seq = 0

  exchange(stateVector: Uint8Array, update: Uint8Array) {
    if (update.length > 0) Y.applyUpdate(this.doc, update)
    this.seq += 1
    return { update: Y.encodeStateAsUpdate(this.doc, stateVector), content: `1.${this.seq}` }
  }

  get text(): string {
    return readText(this.doc)
  }
}

/** Somebody in a browser, who hears and is heard now and then. */
class Typist {
  readonly doc = new Y.Doc()
  readonly server: ServerText
  constructor(server: ServerText, clientId: number) {
    this.server = server
    this.doc.clientID = clientId
    this.meet()
  }

  type(random: Random, token: string): void {
    const text = this.doc.getText(textRootName)
    text.insert(placeOf(random, text.toJSON()), token)
  }

  meet(): void {
    Y.applyUpdate(this.doc, Y.encodeStateAsUpdate(this.server.doc))
    Y.applyUpdate(this.server.doc, Y.encodeStateAsUpdate(this.doc))
  }
}

/** A file on a disk, the program that edits it, and the client that keeps it in step and may die at any step. */
class DiskCopy {
  readonly server: ServerText
  readonly random: Random
  readonly next: () => string
  file: Uint8Array
  state: TextState
  #stored: ReturnType<typeof encodeTextState>
  /** Nothing goes wrong and nobody types any more. */
  isQuiet = false
  #mayBeWritten = false

  constructor(server: ServerText, random: Random, format: TextFormat, next: () => string) {
    this.next = next
    this.server = server
    this.random = random
    const { update, content } = server.exchange(Y.encodeStateVector(new Y.Doc()), new Uint8Array())
    this.file = encodeText(server.text, format)
    this.state = startText({ update, content, format, diskSha256: sha256Of(this.file) })
    this.#stored = encodeTextState(this.state)
  }

  edit(token: string): void {
    const shown = decodeText(this.file)
    assert.ok(shown.kind === 'text')
    const at = placeOf(this.random, shown.text)
    const text = shown.text.slice(0, at) + token + shown.text.slice(at)
    this.file = encodeText(text, shown.format)
  }

  #mishap(probability: number): boolean {
    return !this.isQuiet && this.random.chance(probability)
  }

  #store(state: TextState): void {
    this.state = state
    this.#stored = encodeTextState(state)
  }

  #dies(): boolean {
    if (!this.#mishap(0.15)) return false
    this.state = decodeTextState(this.#stored)
    this.#mayBeWritten = true
    return true
  }

  /** Whether the client lives. */
  ingest(): boolean {
    const clientId = 1 + this.random.below(2 ** 50)
    const ingested = ingestText(this.state, this.file, {
      clientId,
      mayBeWritten: this.#mayBeWritten,
    })
    assert.notEqual(ingested.kind, 'crosses-to-blob')
    if (ingested.kind === 'crosses-to-blob' || this.#dies()) return false
    this.#store(ingested.state)
    this.#mayBeWritten = false
    return true
  }

  sync(): void {
    if (!this.ingest()) return
    const { stateVector, update, sentUpdates } = outgoingText(this.state)
    const answer = this.server.exchange(stateVector, update)
    if (this.#mishap(0.2)) return
    if (this.#mishap(0.2)) this.server.exchange(stateVector, update)
    if (this.#mishap(0.2)) this.edit(this.next())
    const absorbed = absorbText(this.state, { fileName: 'a.txt', ...answer, sentUpdates })
    assert.ok(absorbed.kind === 'merged')
    if (this.#dies()) return
    this.#store(absorbed.state)
    this.write()
  }

  write(): void {
    const write = nextWrite(this.state)
    if (!write || this.#dies()) return
    // The program saved between the look and the write.
    if (sha256Of(this.file) !== write.replaces) return
    this.file = write.bytes
    if (this.#dies()) return
    this.#store(written(this.state, write.sha256))
  }
}

function placeOf(random: Random, text: string): number {
  // Between words, as the tokens are to be found again.
  const places = [0, text.length]
  for (const { index } of text.matchAll(/ |\n/g)) places.push(index + 1)
  return random.pick(places)
}

function storm(seed: number): void {
  const random = new Random(seed)
  const server = new ServerText()
  server.doc.getText(textRootName).insert(0, 'first line\nsecond line\nthird line\n')
  const formats: TextFormat[] = [
    { bom: false, lineEnding: 'verbatim' },
    { bom: true, lineEnding: 'crlf' },
    { bom: false, lineEnding: 'crlf' },
  ]
  const tokens: string[] = []
  const next = () => {
    const token = Array.from({ length: 12 }, () => random.pick(letters)).join('')
    tokens.push(token)
    return `${token}${random.chance(0.3) ? '\n' : ' '}`
  }
  const disks = formats.map((format) => new DiskCopy(server, random, format, next))
  const typists = [11, 12, 13].map((id) => new Typist(server, id))
  for (let step = 0; step < 60; step++) {
    const disk = random.pick(disks)
    const typist = random.pick(typists)
    const acts = [
      () => disk.edit(next()),
      () => typist.type(random, next()),
      () => disk.sync(),
      () => disk.ingest(),
      () => typist.meet(),
    ]
    random.pick(acts)()
  }
  settle(disks, typists)
  for (const token of tokens)
    assert.equal(server.text.split(token).length - 1, 1, `${token} in ${server.text}`)
  for (const [index, disk] of disks.entries())
    assert.deepEqual(
      Buffer.from(disk.file).toString(),
      Buffer.from(encodeText(server.text, formats[index] as TextFormat)).toString(),
    )
  for (const typist of typists) assert.equal(readText(typist.doc), server.text)
}

function settle(disks: DiskCopy[], typists: Typist[]): void {
  for (const disk of disks) disk.isQuiet = true
  for (let round = 0; round < 4; round++) {
    for (const typist of typists) typist.meet()
    for (const disk of disks) disk.sync()
  }
  for (const typist of typists) typist.meet()
}

suite('files on three disks and three people who type', () => {
  test('come to the same text, with every word there once, whatever is lost, repeated or killed', () => {
    for (let seed = 1; seed <= seeds; seed++)
      try {
        storm(seed)
      } catch (error) {
        throw new Error(`Seed ${seed}`, { cause: error })
      }
  })
})
