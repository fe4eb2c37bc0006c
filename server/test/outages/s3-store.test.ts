import assert from 'node:assert/strict'
import { randomBytes, randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { FaultyProxy, type Fault } from '@cloudsync/storage/testing/faulty-proxy'
import { findS3Service } from '@cloudsync/storage/testing/s3-service'
import { SteadyTypist } from '../../testing/steady-typist.ts'
import { isUnavailableAnswer, timed } from '../../testing/timed-answer.ts'
import { create, head, isHeld, list, patch } from '../../testing/tus-requests.ts'
import { readMetric, startTestServer, waitUntil, type TestServer } from '../../testing/index.ts'

const state = 'cloudsync_breaker_state{name="store"}'

const blob = (bytes = 40_000) => Buffer.concat([Buffer.from([0]), randomBytes(bytes)])

async function upload({ admin }: TestServer, name: string, bytes: Buffer) {
  const parentId = await admin.rootId()
  return timed(() => admin.upload({ parentId, name }, Uint8Array.from(bytes)))
}

const service = await findS3Service()
if (service) {
  const { accessKeyId, secretAccessKey } = service.credentials

  async function openWorld() {
    await using stack = new AsyncDisposableStack()
    const url = new URL(`http://${service?.host}:${service?.port}`)
    const proxy = stack.use(await FaultyProxy.open(url))
    const at = `${proxy.url.host}/${service?.bucket}/${randomUUID()}`
    const address = `s3://${accessKeyId}:${secretAccessKey}@${at}?tls=false&region=${service?.region}`
    const server = stack.use(await startTestServer({}, { STORAGE_URL: address }))
    const running = stack.move()
    return { proxy, server, [Symbol.asyncDispose]: () => running.disposeAsync() }
  }

  for (const [what, fault] of [
    ['is gone', 'refuse'],
    ['fails', 'error'],
    ['never answers', 'silence'],
  ] as const satisfies readonly (readonly [string, Fault])[])
    test(`a store that ${what} refuses uploads and downloads clearly, holds up no text, and is used again when it is back`, async () => {
      await using world = await openWorld()
      const { proxy, server } = world
      const { admin } = server
      const rootId = await admin.rootId()
      const stored = blob()
      const { body } = await upload(server, 'there.bin', stored)
      const id = String(body['id'])
      const nodeId = await admin.createText('notes.md')
      const path = await create(admin, 300_000, rootId)
      using ada = new SteadyTypist(admin, nodeId, 'ada')
      await waitUntil('somebody types', () => ada.acknowledged > 10)

      proxy.fault = () => fault
      const first = await upload(server, 'first.bin', blob())
      assert.ok(isUnavailableAnswer(first) && first.tookMs < 60_000, JSON.stringify(first))
      await waitUntil('the breaker opens', async () => {
        const refused = await upload(server, 'refused.bin', blob())
        assert.ok(isUnavailableAnswer(refused), JSON.stringify(refused))
        return (await readMetric(server, state)) > 0
      })
      // Some attempts that the breaker refuses are made; one that tries may be among them and hang.
      await waitUntil('uploads are refused soon', async () => {
        const refused = await upload(server, 'soon.bin', blob())
        return isUnavailableAnswer(refused) && refused.tookMs < 5_000
      })
      const part = blob(299_999)
      const cut = await timed(() => patch(admin, path, [0, Buffer.from(part)]))
      assert.ok(isUnavailableAnswer(cut), JSON.stringify(cut))
      const download = await timed(() => admin.send('GET', `/nodes/${id}/content`))
      assert.ok(isUnavailableAnswer(download), JSON.stringify(download))
      const words = ada.acknowledged
      await waitUntil('typing goes on', () => ada.acknowledged > words + 10)
      assert.ok((await admin.text(`/nodes/${nodeId}/content`)).includes('ada1 '))
      assert.equal((await fetch(`${server.url}/readyz`)).status, 200)
      const names = (await list(admin, rootId)).map(({ name }) => name).toSorted()
      assert.deepEqual(names, ['notes.md', 'there.bin'])

      proxy.fault = () => undefined
      const later = blob()
      await waitUntil('uploads are taken', async () => {
        const answer = await upload(server, 'later.bin', later)
        assert.ok(answer.status === 201 || isUnavailableAnswer(answer), JSON.stringify(answer))
        return answer.status === 201 && isHeld(admin, String(answer.body['id']), later)
      })
      assert.equal(await readMetric(server, state), 0)
      assert.ok(await isHeld(admin, id, stored))
      const offset = Number((await head(admin, path)).headers.get('upload-offset'))
      const rest = Buffer.from(part.subarray(offset))
      assert.equal((await patch(admin, path, [offset, rest])).status, 204)
      await ada.finish()
      assert.equal(await admin.text(`/nodes/${nodeId}/content`), ada.text)
    })

  test('a store that is slow costs time, and nothing else', async () => {
    await using world = await openWorld()
    const { proxy, server } = world
    proxy.fault = () => 'slow'
    const bytes = blob(500_000)
    const { status, body } = await upload(server, 'slow.bin', bytes)
    assert.equal(status, 201)
    assert.ok(await isHeld(server.admin, String(body['id']), bytes))
    assert.equal(await readMetric(server, state), 0)
  })
}
