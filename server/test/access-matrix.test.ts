import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import {
  rolePermissions,
  roles,
  type BulkResponse,
  type Permission,
  type Role,
} from '@cloudsync/protocol'
import {
  alsoNeeded,
  guestEmail,
  ofOwner,
  samples,
  SampleSpace,
  type SampleRequest,
} from '../testing/access-samples.ts'
import {
  openStockClient,
  startTestServer,
  waitUntil,
  type TestCaller,
  type TestServer,
} from '../testing/index.ts'

type Rank = Role | 'stranger'
const ranks: readonly Rank[] = ['stranger', ...roles]

let server: TestServer
const people = new Map<Rank, { readonly caller: TestCaller; readonly space: SampleSpace }>()

/** Every rank has a space to itself of which the owner is another, so that what one does hides nothing. */
before(async () => {
  server = await startTestServer()
  const guest = await server.addUser(guestEmail.split('@')[0] ?? '')
  const { id: guestId } = await guest.get<{ id: string }>('/me')
  for (const rank of ranks) {
    const [owner, caller] = [await server.addUser(`${rank}s-host`), await server.addUser(rank)]
    const space = await owner.post<{ id: string; rootId: string }>('/spaces', { name: 'Team' })
    if (rank !== 'stranger' && rank !== 'owner')
      await join(owner, space.id, `${rank}@example.com`, rank)
    const options = { callerRootId: await caller.rootId(), guestId }
    const who = rank === 'owner' ? owner : caller
    people.set(rank, {
      caller: who,
      space: new SampleSpace(owner, space, { ...options, callerRootId: await who.rootId() }),
    })
  }
})
after(() => server[Symbol.asyncDispose]())

async function join(owner: TestCaller, spaceId: string, email: string, role: string) {
  const headers = { 'content-type': 'application/json' }
  await owner.put(`/spaces/${spaceId}/members`, JSON.stringify({ email, role }), headers)
}

function send(caller: TestCaller, { method, path, headers, body }: SampleRequest) {
  return caller.send(method, path, {
    ...(headers ? { headers } : {}),
    ...(body === undefined ? {} : { body }),
  })
}

/** What is about the caller's account is the same for every rank; the tests of identity and of apps try it. */
const isOfAccount = (path: string) => /^\/(account(\/|$)|me\/|oauth\/)/.test(path)

const permissionsOf = (rank: Rank): readonly Permission[] =>
  rank === 'stranger' ? [] : rolePermissions[rank]

suite('the matrix of roles and endpoints', () => {
  test('has a sample of every endpoint that an account is enough to call', () => {
    const names = server.endpoints.flatMap(({ access, method, path }) =>
      access === 'user' && !isOfAccount(path) ? [`${method} ${path}`] : [],
    )
    assert.deepEqual(names.toSorted(), Object.keys(samples).toSorted())
  })

  test('nobody calls an endpoint without a session but the public ones', async () => {
    for (const { access, method, path } of server.endpoints) {
      if (access === 'public') continue
      const anywhere = path.replaceAll(/:\w+/g, crypto.randomUUID())
      const answer = await fetch(`${server.url}/api/v1${anywhere}`, {
        method: method.toUpperCase(),
      })
      assert.equal(answer.status, 401, `${method} ${path}`)
    }
  })

  test('administrators alone change the installation, and auditors read it', async () => {
    const viewer = people.get('viewer')
    assert.ok(viewer)
    const { id } = await viewer.caller.get<{ id: string }>('/me')
    for (const isAuditor of [false, true]) {
      await server.db.database.pool.query('UPDATE users SET is_auditor = $1 WHERE id = $2', [
        isAuditor,
        id,
      ])
      const auditor = await server.addUser(`auditor-${isAuditor}`)
      const mine = await auditor.get<{ id: string }>('/me')
      await server.db.database.pool.query('UPDATE users SET is_auditor = $1 WHERE id = $2', [
        isAuditor,
        mine.id,
      ])
      await waitUntil(
        'the session knows',
        async () => (await auditor.send('GET', '/users')).status === (isAuditor ? 200 : 403),
      )
      for (const { access, method, path } of server.endpoints) {
        if (access !== 'admin' && access !== 'auditor') continue
        const anywhere = path.replaceAll(/:\w+/g, crypto.randomUUID())
        const { status } = await auditor.send(method.toUpperCase(), anywhere)
        const isRefused = !isAuditor || access === 'admin'
        assert.equal(status === 403, isRefused, `${method} ${path}: ${status}`)
      }
    }
  })

  for (const rank of ranks)
    test(`a ${rank} passes where the permissions of the role do, and nowhere else`, async () => {
      const person = people.get(rank)
      assert.ok(person)
      const { caller, space } = person
      const faults: string[] = []
      for (const { access, method, path, needs } of server.endpoints) {
        if (access !== 'user' || needs === undefined || isOfAccount(path)) continue
        const name = `${method} ${path}`
        const request = await samples[name]?.(space)
        assert.ok(request, name)
        const answer = await send(caller, request)
        const body = await answer.text()
        const needed = neededFor(name, needs)
        const isPermitted = needed.every((each) => permissionsOf(rank).includes(each))
        let isRight = answer.status === (rank === 'stranger' ? 404 : 403)
        if (ofOwner.has(name)) isRight = (answer.status === 404) === (rank !== 'owner')
        else if (needs !== 'own' && 'each' in needs) isRight = areAllDone(body) === isPermitted
        else if (isPermitted)
          isRight = answer.ok || (name === 'patch /nodes/:id/content' && answer.status === 415)
        if (!isRight) faults.push(`${name} was answered ${answer.status} ${body}`)
      }
      assert.deepEqual(faults, [])
    })
})

function areAllDone(body: string): boolean {
  // Behind the line may be bytes.
  const [line = ''] = body.split('\n')
  const { results = [] } = JSON.parse(line) as Partial<BulkResponse>
  return results.length > 0 && results.every(({ ok }) => ok)
}

/** What whoever passes has; a part of a space shows itself to whoever may read that. */
function neededFor(name: string, needs: NonNullable<TestServer['endpoints'][number]['needs']>) {
  const also = alsoNeeded[name]
  const needed: Permission[] = also ? [also] : []
  if (needs === 'own') return needed
  if ('inside' in needs) return [...needed, 'node.read' as const]
  if ('each' in needs) return [...needed, name === 'post /nodes/bulk' ? 'node.delete' : needs.each]
  return [...needed, 'node' in needs ? needs.node : needs.space]
}

suite('what is in another space', () => {
  test('is nothing to who may do everything in their own', async () => {
    const mine = people.get('owner')
    const theirs = people.get('stranger')
    assert.ok(mine && theirs)
    const { caller, space } = mine
    const own = await space.node('text')
    const folder = await space.node('folder')
    const foreign = await theirs.space.node('folder')
    const { nodeId, grantId } = await theirs.space.grant()
    const json = (method: string, path: string, body: object) =>
      caller.send(method, path, {
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
    const answers = [
      await json('PATCH', `/nodes/${own}`, { parentId: foreign }),
      await json('POST', `/nodes/${own}/copies`, { parentId: foreign }),
      await json('POST', `/nodes/${foreign}/copies`, { parentId: space.rootId }),
      await json('POST', '/nodes', { parentId: foreign, name: 'a', kind: 'folder' }),
      await caller.send('DELETE', `/nodes/${folder}/grants/${grantId}`),
      await caller.send('DELETE', `/nodes/${nodeId}/grants/${grantId}`),
      await caller.send('GET', `/spaces/${theirs.space.id}/path?path=${theirs.space.name()}`),
      await caller.send('GET', `/conflicts?nodeId=${foreign}`),
      await caller.send('GET', `/nodes/${own}/versions/1/diff?to=99`),
    ]
    assert.deepEqual(
      answers.map(({ status }) => status),
      answers.map(() => 404),
    )
    const operations = [
      { type: 'move', id: own, parentId: foreign },
      { type: 'move', id: foreign, parentId: space.rootId },
      { type: 'copy', id: foreign, parentId: space.rootId },
      { type: 'create', parentId: foreign, name: 'a', kind: 'text' },
      { type: 'trash', id: foreign },
      { type: 'restore', id: foreign },
    ]
    const { results } = await caller.post<BulkResponse>('/nodes/bulk', { operations })
    assert.deepEqual(
      results.map((result) => (result.ok ? 'ok' : result.problem.code)),
      operations.map(() => 'not_found'),
    )
  })
})

suite('live doors', () => {
  for (const rank of ranks)
    test(`let a ${rank} in as the role says`, async () => {
      const person = people.get(rank)
      assert.ok(person)
      const { caller, space } = person
      const documents = [
        ['text', await space.node('text')],
        ['folder', space.rootId],
      ] as const
      for (const [kind, id] of documents) {
        const scopes: string[] = []
        using client = openStockClient(caller, id, { kind })
        client.provider.on('authenticated', ({ scope }: { scope: string }) => scopes.push(scope))
        client.provider.on('authenticationFailed', ({ reason }: { reason: string }) =>
          scopes.push(reason),
        )
        await waitUntil('the door is open or shut', () => scopes.length > 0)
        const expected = permissionsOf(rank).includes('node.edit') ? 'read-write' : 'readonly'
        assert.equal(scopes[0], rank === 'stranger' ? 'not_found' : expected)
      }
    })
})
