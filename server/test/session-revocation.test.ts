import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { voidSessions } from '../src/features/identity/index.ts'
import { SlowDownload } from '../testing/slow-download.ts'
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

/** By design a second; what nobody is told of is found out much later than this. */
const maxMs = 5_000

/** Somebody who has a text open at one server, follows a space there, and reads a large file. */
async function openAll(cluster: TestCluster, person: TestCaller) {
  const { one } = cluster
  const nodeId = await one.admin.createText('open.md')
  const large = await SlowDownload.makeFile(one.admin, await one.admin.rootId())
  const socket = await RawClient.open(person, nodeId, { clientId: 7 })
  const watch = await RawClient.connect(person, `space:${large.spaceId}`)
  watch.authenticate(person.accessToken)
  await waitUntil('the space is followed', () => watch.frames.some(({ type }) => type === 2))
  const download = await SlowDownload.start(person, large.id)
  return { socket, watch, download }
}

/** Ends what is open, and holds its end to its time. */
async function assertAllEnd(
  open: Awaited<ReturnType<typeof openAll>>,
  end: () => Promise<unknown>,
) {
  const { socket, watch, download } = open
  using _socket = socket
  using _watch = watch
  await end()
  const at = performance.now()
  const [ofSocket, ofWatch] = await Promise.all([
    socket.closed,
    watch.closed,
    download.assertCutOff(),
  ])
  assert.equal(ofSocket.reason, 'signed_out')
  assert.equal(ofWatch.reason, 'signed_out')
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
