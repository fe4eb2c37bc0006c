import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { suite, test } from 'node:test'
import { sharedByTests } from '../testing/shared-by-tests.ts'
import { waitUntil } from '../testing/stock-clients.ts'
import { startStoringServer } from '../testing/storing-server.ts'
import {
  version,
  noise,
  encode,
  post,
  create,
  pathOf,
  patch,
  head,
  assertProblem,
  newFolder,
  list,
  isHeld,
  startSilentPatch,
  isTouched,
} from '../testing/tus-requests.ts'

const server = sharedByTests(await startStoringServer())
const ada = server.admin

suite('uploads by tus', () => {
  test('are told of to anybody who asks', async () => {
    const answer = await fetch(`${server.url}/api/v1/uploads`, { method: 'OPTIONS' })
    assert.equal(answer.status, 204)
    assert.equal(answer.headers.get('tus-version'), '1.0.0')
    assert.equal(
      answer.headers.get('tus-extension'),
      'creation,creation-defer-length,creation-with-upload,checksum,concatenation,expiration,termination',
    )
    assert.equal(answer.headers.get('tus-checksum-algorithm'), 'sha1,sha256')
    assert.equal(answer.headers.get('tus-max-size'), null)
  })

  test('need a signed-in person, and the version of the protocol', async () => {
    const url = `${server.url}/api/v1/uploads`
    const anonymous = await fetch(url, { method: 'POST', headers: version })
    await assertProblem(anonymous, 401, 'not_signed_in')
    const bare = await ada.send('POST', '/uploads', { headers: { 'upload-length': '1' } })
    await assertProblem(bare, 412, 'unsupported_version')
    assert.equal(bare.headers.get('tus-version'), '1.0.0')
    const old = await post(ada, { 'tus-resumable': '0.2.2', 'upload-length': '1' })
    await assertProblem(old, 412, 'unsupported_version')
  })

  test('tell how far they have come, and with what they were made', async () => {
    const parentId = await newFolder(ada)
    const metadata = encode({ parentId, filename: 'ä.bin', mine: 'kept' })
    const path = pathOf(await post(ada, { 'upload-length': '200000', 'upload-metadata': metadata }))
    const answer = await patch(ada, path, [0, noise.subarray(0, 150_000)])
    assert.equal(answer.status, 204)
    assert.equal(answer.headers.get('upload-offset'), '150000')
    const left = Date.parse(answer.headers.get('upload-expires') ?? '') - Date.now()
    assert.ok(left > 6.9 * 86_400_000 && left < 7.1 * 86_400_000)
    const status = await head(ada, path)
    assert.equal(status.status, 200)
    assert.equal(status.headers.get('upload-offset'), '150000')
    assert.equal(status.headers.get('upload-length'), '200000')
    assert.equal(status.headers.get('upload-metadata'), metadata)
    assert.equal(status.headers.get('cache-control'), 'no-store')
  })

  test('make one file, also when the answer to the last request is lost', async () => {
    const parentId = await newFolder(ada)
    const path = await create(ada, noise.length, parentId)
    const first = await patch(ada, path, [0, noise])
    const id = first.headers.get('cloudsync-node-id')
    assert.ok(await isHeld(ada, id, noise))
    await assertProblem(await patch(ada, path, [0, noise]), 409, 'upload_conflict')
    for (const answer of [
      await head(ada, path),
      await patch(ada, path, [noise.length, Buffer.alloc(0)]),
    ]) {
      assert.ok(answer.ok)
      assert.equal(answer.headers.get('upload-offset'), String(noise.length))
      assert.equal(answer.headers.get('cloudsync-node-id'), id)
    }
    assert.equal((await list(ada, parentId)).length, 1)
    assert.equal((await ada.send('DELETE', path, { headers: version })).status, 204)
    assert.equal((await head(ada, path)).status, 404)
    assert.equal((await list(ada, parentId)).length, 1)
  })

  test('whose last byte came while the file could not be made are in it when they are asked for', async () => {
    const parentId = await newFolder(ada)
    const path = await create(ada, noise.length, parentId)
    const { pool } = server.db.database
    await pool.query(`ALTER TABLE nodes ADD CONSTRAINT away CHECK (name <> 'a.bin') NOT VALID`)
    assert.equal((await patch(ada, path, [0, noise])).status, 500)
    assert.equal((await head(ada, path)).status, 500)
    await pool.query('ALTER TABLE nodes DROP CONSTRAINT away')
    const answers = await Promise.all([head(ada, path), head(ada, path), head(ada, path)])
    for (const answer of answers) assert.equal(answer.status, 200)
    const [node, ...more] = await list(ada, parentId)
    assert.equal(more.length, 0)
    assert.equal(answers[0]?.headers.get('cloudsync-node-id'), node?.id)
    assert.ok(await isHeld(ada, node?.id ?? null, noise))
  })

  test('take bytes only where they end, and no more than they are long', async () => {
    const path = await create(ada, noise.length, await newFolder(ada))
    const conflict = await patch(ada, path, [5, noise.subarray(5)])
    assert.equal(conflict.headers.get('upload-offset'), '0')
    await assertProblem(conflict, 409, 'upload_conflict')
    const more = Buffer.concat([noise, Buffer.from('!')])
    await assertProblem(await patch(ada, path, [0, more]), 413, 'too_large')
    const wrongType = await patch(ada, path, [0, noise], { 'content-type': 'text/plain' })
    await assertProblem(wrongType, 415, 'unsupported_media_type')
    assert.equal((await head(ada, path)).headers.get('upload-offset'), '0')
  })

  test('drop bytes that have another checksum than was announced', async () => {
    const parentId = await newFolder(ada)
    const path = await create(ada, noise.length, parentId)
    const checksum = (name: string, bytes: Buffer) => ({
      'upload-checksum': `${name} ${createHash(name).update(bytes).digest('base64')}`,
    })
    const [begin, rest] = [noise.subarray(0, 100_000), noise.subarray(100_000)]
    for (const name of ['sha1', 'sha256']) {
      const answer = await patch(ada, path, [0, begin], checksum(name, rest))
      await assertProblem(answer, 460, 'checksum_mismatch')
      assert.equal((await head(ada, path)).headers.get('upload-offset'), '0')
    }
    assert.equal((await patch(ada, path, [0, begin], checksum('sha1', begin))).status, 204)
    const last = await patch(ada, path, [100_000, rest], checksum('sha256', rest))
    assert.ok(await isHeld(ada, last.headers.get('cloudsync-node-id'), noise))
    for (const header of ['md5 AAAA', 'sha1', 'sha1 AAAA', 'sha256 ????'])
      assert.equal((await patch(ada, path, [0, noise], { 'upload-checksum': header })).status, 400)
  })

  test('check also bodies that are longer than what can be added in one step', async () => {
    const bytes = randomBytes(33 * 1024 * 1024)
    const path = await create(ada, bytes.length, await newFolder(ada))
    const digest = createHash('sha1').update(bytes).digest()
    const wrong = { 'upload-checksum': `sha1 ${Buffer.alloc(20).toString('base64')}` }
    await assertProblem(await patch(ada, path, [0, bytes], wrong), 460, 'checksum_mismatch')
    assert.equal((await head(ada, path)).headers.get('upload-offset'), '0')
    const right = { 'upload-checksum': `sha1 ${digest.toString('base64')}` }
    const answer = await patch(ada, path, [0, bytes], right)
    assert.ok(await isHeld(ada, answer.headers.get('cloudsync-node-id'), bytes))
  })

  test('are worked on by one request at a time; who asks how far one has come breaks off a silent one', async () => {
    const path = await create(ada, noise.length, await newFolder(ada))
    using silent = startSilentPatch(ada, path, noise.subarray(0, 70_000))
    await waitUntil('it adds to the upload', () => isTouched(server, path))
    await assertProblem(await patch(ada, path, [0, noise]), 423, 'upload_locked')
    const { headers } = await head(ada, path)
    await silent.ended
    const offset = Number(headers.get('upload-offset'))
    assert.ok(offset <= 70_000)
    const answer = await patch(ada, path, [offset, noise.subarray(offset)])
    assert.ok(await isHeld(ada, answer.headers.get('cloudsync-node-id'), noise))
  })

  test('keep what has come of them when their server stops', async () => {
    await using stopping = await startStoringServer()
    // More than lies on the line, and less than is kept while it comes.
    const bytes = randomBytes(31_000_000)
    const path = await create(stopping.admin, bytes.length, await newFolder(stopping.admin))
    using silent = startSilentPatch(stopping.admin, path, bytes.subarray(0, 30_000_000))
    await silent.sent
    await stopping.stop()
    await silent.ended
    await using another = await stopping.openAnother()
    const { headers } = await head(another.admin, path)
    const offset = Number(headers.get('upload-offset'))
    assert.ok(offset > 0 && offset <= 30_000_000, `${offset} bytes were kept`)
    const answer = await patch(another.admin, path, [offset, bytes.subarray(offset)])
    assert.ok(await isHeld(another.admin, answer.headers.get('cloudsync-node-id'), bytes))
  })

  test('are put together from parts that are whole, and take no more then', async () => {
    const parentId = await newFolder(ada)
    const paths = []
    for (const text of ['first ', 'second']) {
      const length = String(text.length)
      const path = pathOf(await post(ada, { 'upload-length': length, 'upload-concat': 'partial' }))
      paths.push(path)
      const metadata = encode({ parentId, filename: 'early' })
      const concat = { 'upload-concat': `final;/api/v1${path}`, 'upload-metadata': metadata }
      await assertProblem(await post(ada, concat), 400, 'bad_request')
      assert.equal((await patch(ada, path, [0, Buffer.from(text)])).status, 204)
      assert.equal((await head(ada, path)).headers.get('upload-concat'), 'partial')
    }
    const urls = paths.map((path) => `${server.url}/api/v1${path}`).join(' ')
    const request = {
      'upload-concat': `final;${urls}`,
      'upload-metadata': encode({ parentId, filename: 'both.txt' }),
    }
    await post(ada, request)
    // Who has not heard the answer asks again.
    const final = await post(ada, request)
    const path = pathOf(final)
    const id = final.headers.get('cloudsync-node-id')
    assert.equal(await ada.text(`/nodes/${id}/content`), 'first second')
    const status = await head(ada, path)
    assert.equal(status.headers.get('upload-concat'), `final;${urls}`)
    assert.equal(status.headers.get('upload-length'), '12')
    await assertProblem(await patch(ada, path, [12, Buffer.from('!')]), 403, 'forbidden')
    assert.deepEqual(
      (await list(ada, parentId)).map((node) => node.id),
      [id],
    )
  })

  test('do by POST what a proxy does not let through', async () => {
    const path = await create(ada, 5, await newFolder(ada))
    const override = (method: string) =>
      ada.send('POST', path, { headers: { ...version, 'x-http-method-override': method } })
    await assertProblem(await override('PUT'), 405, 'method_not_allowed')
    assert.equal((await override('DELETE')).status, 204)
    assert.equal((await head(ada, path)).status, 404)
  })
})
