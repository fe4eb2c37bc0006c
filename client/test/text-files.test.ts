import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { createClient, type LiveText } from '@cloudsync/client'
import { decodeText, encodeText, type TextFormat } from '@cloudsync/crdt'
import { Random } from '@cloudsync/crdt/testing'
import type { NodeId } from '@cloudsync/protocol'
import * as Y from 'yjs'
import { startTestServer, testAdmin } from '../../server/testing/index.ts'
import { sharedByTests } from '../../server/testing/shared-by-tests.ts'
import type { HttpRemote } from '../src/sync/remote/index.ts'
import { absorbText, outgoingText } from '../src/sync/texts/absorb-text.ts'
import { ingestText } from '../src/sync/texts/ingest-text.ts'
import {
  nextWrite,
  sha256Of,
  startText,
  written,
  type TextState,
} from '../src/sync/texts/text-state.ts'
import { TestRemote } from '../testing/test-remote.ts'

const server = sharedByTests(await startTestServer())
const ada = createClient({ url: server.url, credentials: testAdmin })
const bo = createClient({
  url: server.url,
  credentials: { accessToken: (await server.addEditor('Bo')).accessToken },
})
const [space] = await ada.spaces.list().all()
assert.ok(space)
const place = { spaceId: space.id, folderId: space.rootId, isWholeSpace: true }

async function ask(
  remote: HttpRemote,
  id: NodeId,
  state: TextState | undefined,
  random?: Random,
): Promise<{ update: Uint8Array; content: string; sentUpdates: number }> {
  const outgoing = state && outgoingText(state)
  const stateVector = outgoing?.stateVector ?? Y.encodeStateVector(new Y.Doc())
  const update = outgoing?.update ?? new Uint8Array()
  const question = { id, content: state?.content, stateVector, update }
  // An answer that was lost: the same is asked again.
  if (random?.chance(0.3) === true) await remote.exchangeTexts([question])
  const [answer] = await remote.exchangeTexts([question])
  assert.ok(answer?.kind === 'done', JSON.stringify(answer))
  return { ...answer.value, sentUpdates: outgoing?.sentUpdates ?? 0 }
}

/** A file that programs edit, of somebody's copy of a folder. */
class TextFile {
  readonly #remote: HttpRemote
  readonly #id: NodeId
  readonly #random: Random
  bytes: Uint8Array
  #state: TextState

  private constructor(
    remote: HttpRemote,
    id: NodeId,
    random: Random,
    start: [Uint8Array, TextState],
  ) {
    this.#remote = remote
    this.#id = id
    this.#random = random
    const [bytes, state] = start
    this.bytes = bytes
    this.#state = state
  }

  static async open(remote: HttpRemote, id: NodeId, format: TextFormat, random: Random) {
    const state = startText({
      ...(await ask(remote, id, undefined)),
      format,
      diskSha256: undefined,
    })
    const write = nextWrite(state)
    assert.ok(write)
    return new TextFile(remote, id, random, [write.bytes, written(state, write.sha256)])
  }

  edit(word: string): void {
    const shown = decodeText(this.bytes)
    assert.ok(shown.kind === 'text')
    const at = placeOf(this.#random, shown.text)
    this.bytes = encodeText(shown.text.slice(0, at) + word + shown.text.slice(at), shown.format)
  }

  async sync(): Promise<void> {
    const clientId = 1 + this.#random.below(2 ** 50)
    const ingested = ingestText(this.#state, this.bytes, { clientId, mayBeWritten: false })
    assert.ok(ingested.kind !== 'crosses-to-blob')
    this.#state = ingested.state
    const answer = await ask(this.#remote, this.#id, this.#state, this.#random)
    const absorbed = absorbText(this.#state, { fileName: 'a.txt', ...answer })
    assert.ok(absorbed.kind === 'merged')
    this.#state = absorbed.state
    // Somebody may have saved meanwhile.
    if (!absorbed.write || absorbed.write.replaces !== sha256Of(this.bytes)) return
    this.bytes = absorbed.write.bytes
    this.#state = written(this.#state, absorbed.write.sha256)
  }
}

function placeOf(random: Random, text: string): number {
  return random.pick([
    0,
    text.length,
    ...[...text.matchAll(/[ \n]/g)].map(({ index }) => index + 1),
  ])
}

const formats: readonly TextFormat[] = [
  { bom: false, lineEnding: 'verbatim' },
  { bom: true, lineEnding: 'crlf' },
  { bom: false, lineEnding: 'crlf' },
]

suite('a text in three folders and three browsers', () => {
  test('has every word once, and the bytes around them as each folder had them', async () => {
    const seed = 20261126
    const random = new Random(seed)
    const content = 'first line\nsecond line\nthird line\n'
    const { id } = await ada.nodes.createFile({ parentId: place.folderId, name: 'a.txt', content })
    const files = await Promise.all(
      formats.map((format, index) =>
        TextFile.open(new TestRemote(index ? bo : ada, place).remote, id, format, random),
      ),
    )
    await using one = ada.openText(id)
    await using two = bo.openText(id)
    await using three = bo.openText(id)
    const browsers: readonly LiveText[] = [one, two, three]
    await Promise.all(browsers.map((live) => live.opened()))
    const words: string[] = []
    const next = () => {
      const word = random.uuid().replaceAll('-', '')
      words.push(word)
      return `${word}${random.chance(0.3) ? '\n' : ' '}`
    }
    for (let step = 0; step < 120; step++) {
      const live = random.pick(browsers)
      const file = random.pick(files)
      const acts = [
        async () => live.text.insert(placeOf(random, live.text.toJSON()), next()),
        async () => file.edit(next()),
        () => file.sync(),
        // Both at once: the file is saved while the server is asked.
        async () => {
          const coming = file.sync()
          file.edit(next())
          await coming
        },
      ]
      await random.pick(acts)()
    }
    await Promise.all(browsers.map((live) => live.saved()))
    for (const file of [...files, ...files]) await file.sync()
    const text = await ada.content.text(id)
    for (const word of words) assert.equal(text.split(word).length - 1, 1, `${word}, seed ${seed}`)
    for (const [index, file] of files.entries()) {
      const format = formats[index]
      assert.ok(format)
      assert.deepEqual(Buffer.from(file.bytes), Buffer.from(encodeText(text, format)), `${index}`)
    }
  })
})
