import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { suite, test } from 'node:test'
import type { Node, PutContentResponse } from '@cloudsync/protocol'
import { openDelta, sha256Of } from '@cloudsync/storage'
import { deltaMediaType, deltaOf } from '@cloudsync/storage/testing/delta-of'
import { sharedByTests } from '../../../../testing/shared-by-tests.ts'
import { openTestFiles } from '../testing/open-test-files.ts'

async function apply(base: Buffer, delta: Buffer): Promise<Buffer> {
  const opened = await openDelta(once(delta))
  const made = opened.apply({
    sizeBytes: base.byteLength,
    read: (start, end) => once(base.subarray(start, end)),
  })
  return Buffer.concat(await Array.fromAsync(made))
}

async function* once(bytes: Uint8Array) {
  yield bytes
}

const binary = (bytes: number) => Buffer.concat([Buffer.from([0]), randomBytes(bytes - 1)])

const server = sharedByTests(await openTestFiles())
const { ada } = server

suite('a delta', () => {
  async function create(content: Buffer) {
    const { rootId } = await server.newSpace()
    const request = { parentId: rootId, name: 'a.bin', kind: 'blob' }
    const { id } = await ada.post<Node>('/nodes', request)
    await put(id, content)
    return id
  }
  async function put(id: string, content: Buffer) {
    const answer = await ada.send('PUT', `/nodes/${id}/content`, { body: Uint8Array.from(content) })
    assert.equal(answer.status, 200, await answer.clone().text())
  }
  async function patch(id: string, body: Uint8Array<ArrayBuffer>, headers = {}, by = ada) {
    const options = { body, headers: { 'content-type': deltaMediaType, ...headers } }
    const answer = await by.send('PATCH', `/nodes/${id}/content`, options)
    const json = (await answer.json()) as PutContentResponse & { code?: string }
    return { status: answer.status, ...json }
  }
  async function read(id: string) {
    const answer = await ada.send('GET', `/nodes/${id}/content`)
    return Buffer.from(await answer.arrayBuffer())
  }
  async function getDelta(id: string, base: Buffer, manipulation = 'cloudsync-delta') {
    return ask(id, `"${await sha256Of(base)}"`, manipulation)
  }
  const ask = (id: string, tags: string, manipulation = 'cloudsync-delta') =>
    ada.send('GET', `/nodes/${id}/content`, {
      headers: { 'a-im': manipulation, 'if-none-match': tags },
    })

  const base = binary(9_000_000)
  const edited = Buffer.concat([
    base.subarray(0, 4_000_000),
    randomBytes(1_000),
    base.subarray(4_000_000),
  ])

  test('of a version makes the next one, for what is new in it', async () => {
    const id = await create(base)
    const delta = await deltaOf(base, edited)
    assert.ok(delta.byteLength < 2_000, String(delta.byteLength))
    const done = await patch(id, delta, { 'if-match': `"${await sha256Of(base)}"` })
    assert.deepEqual(
      [done.status, done.outcome, done.etag],
      [200, 'replaced', await sha256Of(edited)],
    )
    assert.ok((await read(id)).equals(edited))
    // An older version is a base as well.
    const back = await patch(id, await deltaOf(base, base))
    assert.equal(back.outcome, 'replaced')
    assert.ok((await read(id)).equals(base))
  })

  test('goes to whoever has a version, and the whole to everybody else', async () => {
    const id = await create(base)
    await put(id, edited)
    const answer = await getDelta(id, base)
    assert.equal(answer.status, 226)
    assert.equal(answer.headers.get('im'), 'cloudsync-delta')
    assert.equal(answer.headers.get('delta-base'), `"${await sha256Of(base)}"`)
    assert.equal(answer.headers.get('etag'), `"${await sha256Of(edited)}"`)
    const delta = Buffer.from(await answer.arrayBuffer())
    assert.ok(delta.byteLength < 2_000, String(delta.byteLength))
    assert.ok((await apply(base, delta)).equals(edited))
    const whole = await getDelta(id, randomBytes(10))
    assert.equal(whole.status, 200)
    assert.ok(Buffer.from(await whole.arrayBuffer()).equals(edited))
    assert.equal((await getDelta(id, edited)).status, 304)
    assert.equal((await getDelta(id, base, 'gzip')).status, 200)
    // Each version that a client says to have costs a look at all of its chunks.
    const known = `"${await sha256Of(base)}"`
    const unknown = (count: number) => Array.from({ length: count }, (_, index) => `"v${index}"`)
    const fourth = await ask(id, [...unknown(3), known].join())
    assert.equal(fourth.status, 226)
    await fourth.body?.cancel()
    assert.equal((await ask(id, [...unknown(4), known].join())).status, 200)
    const current = `"${await sha256Of(edited)}"`
    assert.equal((await ask(id, [known, ...unknown(4), current].join())).status, 304)
    // Where almost all is new, a delta would cost more than it spares.
    await put(id, binary(70_000_000))
    assert.equal((await getDelta(id, base)).status, 200)
  })

  test('is small also where an edit here and there has made all chunks others', async () => {
    const id = await create(base)
    const changed = Buffer.from(base)
    for (let at = 1; at < changed.byteLength; at += 20_000) changed[at] = (changed[at] ?? 0) ^ 1
    const sent = await deltaOf(base, changed)
    assert.ok(sent.byteLength < 20_000, String(sent.byteLength))
    assert.equal((await patch(id, sent)).outcome, 'replaced')
    const answer = await getDelta(id, base)
    assert.equal(answer.status, 226)
    const delta = Buffer.from(await answer.arrayBuffer())
    assert.ok(delta.byteLength < 20_000, String(delta.byteLength))
    assert.ok((await apply(base, delta)).equals(changed))
  })

  test('of what is no version of the file is refused, whoever else has it', async () => {
    const id = await create(binary(100_000))
    const secret = binary(200_000)
    const eve = await server.addUser('eve')
    const elsewhere = await create(secret)
    // A base that is somewhere in the store would give its bytes away.
    const refused = await patch(id, await deltaOf(secret, secret))
    assert.deepEqual([refused.status, refused.code], [409, 'base_unknown'])
    const foreign = await patch(elsewhere, await deltaOf(secret, secret), {}, eve)
    assert.equal(foreign.status, 404)
    const headers = { 'a-im': 'cloudsync-delta', 'if-none-match': `"${await sha256Of(secret)}"` }
    const theft = await ada.send('GET', `/nodes/${id}/content`, { headers })
    assert.equal(theft.status, 200)
  })

  test('that is broken, or makes another content than it says, changes nothing', async () => {
    const id = await create(base)
    const delta = await deltaOf(base, edited)
    const lying = Uint8Array.from(delta)
    lying[50] = (lying[50] ?? 0) ^ 1
    assert.equal((await patch(id, lying)).code, 'hash_mismatch')
    for (const broken of [
      delta.slice(0, -1),
      delta.slice(0, 79),
      Uint8Array.of(1, 2, 3),
      new Uint8Array(),
    ])
      assert.equal((await patch(id, broken)).code, 'bad_request')
    const plain = await patch(id, delta, { 'content-type': 'application/octet-stream' })
    assert.equal(plain.status, 415)
    const stale = await patch(id, delta, { 'if-match': `"${'0'.repeat(64)}"` })
    assert.equal(stale.status, 412)
    assert.ok((await read(id)).equals(base))
  })
})
