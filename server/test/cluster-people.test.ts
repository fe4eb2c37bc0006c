import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { openStockClient, openTestCluster, redisProgram, waitUntil } from '../testing/index.ts'

interface PresenceState {
  readonly user?: { readonly name?: string }
  readonly cursor?: number
}

function namesSeen(client: ReturnType<typeof openStockClient>): string[] {
  const states = [...(client.provider.awareness?.getStates().values() ?? [])] as PresenceState[]
  return states.flatMap(({ user }) => user?.name ?? []).toSorted()
}

function whyClosed(client: ReturnType<typeof openStockClient>): Promise<string> {
  return new Promise((resolve) => {
    client.socket.on('close', ({ event }: { event: { reason: string } }) => {
      resolve(event.reason)
    })
  })
}

suite('presence on two servers', { skip: redisProgram === undefined }, () => {
  test('is seen on the other, changes, and ends with the connection', async () => {
    await using cluster = await openTestCluster(true)
    const nodeId = await cluster.one.admin.createText('notes.md')
    const bobsAccount = await cluster.one.addEditor('Bob')
    using ada = openStockClient(cluster.two.admin, nodeId)
    ada.provider.setAwarenessField('cursor', 1)
    {
      using bob = openStockClient(bobsAccount, nodeId)
      bob.provider.setAwarenessField('cursor', 7)
      await ada.until('Bob is seen', () => namesSeen(ada).includes('Bob'))
      await bob.until('Ada is seen', () => namesSeen(bob).includes('Ada'))
      const id = bob.doc.clientID
      const cursorOfBob = () =>
        (ada.provider.awareness?.getStates().get(id) as PresenceState | undefined)?.cursor
      bob.provider.setAwarenessField('cursor', 8)
      await ada.until('his cursor moves', () => cursorOfBob() === 8)
    }
    await ada.until('Bob is gone', () => !namesSeen(ada).includes('Bob'))
  })

  test('comes back with Redis', async () => {
    await using cluster = await openTestCluster(true)
    const nodeId = await cluster.one.admin.createText('notes.md')
    const bobsAccount = await cluster.one.addEditor('Bob')
    await cluster.redis?.kill()
    using ada = openStockClient(cluster.two.admin, nodeId)
    using bob = openStockClient(bobsAccount, nodeId)
    ada.provider.setAwarenessField('cursor', 1)
    bob.provider.setAwarenessField('cursor', 2)
    await Promise.all([ada.saved(), bob.saved()])
    assert.deepEqual(
      namesSeen(ada).filter((name) => name === 'Bob'),
      [],
    )
    await cluster.redis?.start()
    await ada.until('Bob is seen', () => namesSeen(ada).includes('Bob'))
    await bob.until('Ada is seen', () => namesSeen(bob).includes('Ada'))
  })
})

for (const withRedis of [true, false]) {
  const name = `what ends on one server, ${withRedis ? 'with' : 'without'} Redis,`
  suite(name, { skip: withRedis && redisProgram === undefined }, () => {
    test('ends on the other: a session, a membership, a file', async () => {
      await using cluster = await openTestCluster(withRedis)
      const { one, two } = cluster
      const nodeId = await one.admin.createText('notes.md')
      const bob = await one.addEditor('Bob')
      const carl = await one.addEditor('Carl')
      const there = (caller: typeof bob) => openStockClient(caller.at(two.url), nodeId)
      using adas = openStockClient(two.admin, nodeId)
      using bobs = there(bob)
      using carls = there(carl)
      await Promise.all([adas.saved(), bobs.saved(), carls.saved()])

      const bobIsOut = whyClosed(bobs)
      const at = performance.now()
      await bob.send('POST', '/auth/sign-out')
      assert.equal(await bobIsOut, 'signed_out')
      // At once by design; what nobody is told of is found out much later than this.
      assert.ok(performance.now() - at < 5_000)

      const carlIsOut = whyClosed(carls)
      const { items } = await one.admin.get<{ items: { id: string }[] }>('/spaces')
      const { items: members } = await one.admin.get<{ items: { userId: string; name: string }[] }>(
        `/spaces/${items[0]?.id}/members`,
      )
      const carlsId = members.find(({ name: his }) => his === 'Carl')?.userId
      await one.admin.send('DELETE', `/spaces/${items[0]?.id}/members/${carlsId}`)
      assert.equal(await carlIsOut, 'forbidden')

      const fileIsGone = whyClosed(adas)
      await one.admin.send('DELETE', `/nodes/${nodeId}`)
      assert.equal(await fileIsGone, 'trashed')
    })

    test('ends on the other: a text that is replaced by other bytes', async () => {
      await using cluster = await openTestCluster(withRedis)
      const { one, two } = cluster
      const nodeId = await one.admin.createText('notes.md')
      using ada = openStockClient(two.admin, nodeId)
      ada.text.insert(0, 'words')
      await ada.saved()
      const sealed = whyClosed(ada)
      await one.admin.put(`/nodes/${nodeId}/content`, Buffer.from([0, 1, 2, 3]))
      assert.equal(await sealed, 'sealed')
      await waitUntil('it is a file of bytes there too', async () => {
        const { kind } = await two.admin.get<{ kind: string }>(`/nodes/${nodeId}`)
        return kind === 'blob'
      })
    })
  })
}
