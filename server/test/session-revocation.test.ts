import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import { suite, test } from 'node:test'
import type { Node } from '@cloudsync/protocol'
import { voidSessions } from '../src/features/identity/index.ts'
import { demandOfEverybody, turnOnTotp } from '../testing/turn-on-totp.ts'
import {
  openTestCluster,
  RawClient,
  redisProgram,
  testAdmin,
  TestPage,
  waitUntil,
  type TestCaller,
  type TestCluster,
} from '../testing/index.ts'

const maxMs = 1_000

/** More than fits into the buffers between. */
const bytes = new Uint8Array(randomBytes(48 * 1024 * 1024))

/** Somebody who has a text open at one server, follows a space there, and reads a large file. */
async function openAll(cluster: TestCluster, person: TestCaller) {
  const { one } = cluster
  const rootId = await one.admin.rootId()
  const nodeId = await one.admin.createText('open.md')
  const answer = await one.admin.upload({ parentId: rootId, name: 'large.bin' }, bytes)
  const large = (await answer.json()) as Node
  const socket = await RawClient.open(person, nodeId, { clientId: 7 })
  const watch = await RawClient.connect(person, `space:${large.spaceId}`)
  watch.authenticate(person.accessToken)
  await waitUntil('the space is followed', () => watch.frames.some(({ type }) => type === 2))
  const download = await startDownload(person, large.id)
  return { socket, watch, download }
}

async function startDownload(reader: TestCaller, nodeId: string): Promise<IncomingMessage> {
  const request = get(`${reader.url}/api/v1/nodes/${nodeId}/content`, {
    headers: { authorization: `Bearer ${reader.accessToken}` },
  })
  request.on('error', () => undefined)
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  response.on('error', () => undefined)
  assert.equal(response.statusCode, 200)
  return response
}

/** Ends what is open, and holds its end to a second. */
async function assertAllEnd(
  open: Awaited<ReturnType<typeof openAll>>,
  end: () => Promise<unknown>,
) {
  const { socket, watch, download } = open
  using _socket = socket
  using _watch = watch
  await end()
  const at = performance.now()
  const ended = new Promise((resolve) => download.once('close', resolve))
  download.resume()
  const [ofSocket, ofWatch] = await Promise.all([socket.closed, watch.closed, ended])
  assert.equal(ofSocket.reason, 'signed_out')
  assert.equal(ofWatch.reason, 'signed_out')
  assert.ok(!download.complete)
  const tookMs = performance.now() - at
  assert.ok(tookMs < maxMs, `${tookMs} ms`)
}

for (const withRedis of [true, false]) {
  const name = `what ends at one server ends at the other within a second, ${withRedis ? 'with' : 'without'} Redis:`
  suite(name, { skip: withRedis && redisProgram === undefined }, () => {
    test('a session, with its sockets and downloads', async () => {
      await using cluster = await openTestCluster(withRedis)
      const { one, two } = cluster
      const bob = await one.addEditor('Bob')
      const open = await openAll(cluster, bob)
      await assertAllEnd(open, () => bob.at(two.url).send('POST', '/auth/sign-out'))
      assert.equal((await bob.send('GET', '/me')).status, 401)
    })

    test('all sessions and tokens of an account that an operator makes void, and no others', async () => {
      await using cluster = await openTestCluster(withRedis)
      const { one, two } = cluster
      const bob = await one.addEditor('Bob')
      const { caller: program } = await bob.withToken(['files:read'])
      const page = await TestPage.signIn(two.url, {
        email: 'bob@example.com',
        password: 'the password of Bob',
      })
      const adas = await TestPage.signIn(two.url, testAdmin)
      const open = await openAll(cluster, bob)
      await assertAllEnd(open, () => voidSessions(one.db.database, 'bob@example.com'))
      assert.equal((await bob.send('GET', '/me')).status, 401)
      assert.equal((await program.send('GET', '/spaces')).status, 401)
      assert.equal(await page.status(), 401)
      assert.equal(await adas.status(), 200)
      assert.equal((await two.admin.send('GET', '/me')).status, 200)
    })

    test('what somebody has open who has to set up a second factor now', async () => {
      await using cluster = await openTestCluster(withRedis)
      const { one, two } = cluster
      const bob = await one.addEditor('Bob')
      await turnOnTotp(two.admin)
      const open = await openAll(cluster, bob)
      await assertAllEnd(open, () => demandOfEverybody(two.admin))
      assert.equal((await bob.send('GET', '/spaces')).status, 403)
      assert.equal((await one.admin.send('GET', '/spaces')).status, 200)
    })
  })
}
