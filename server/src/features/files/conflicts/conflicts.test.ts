import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { suite, test } from 'node:test'
import type { Conflict, Node, Page, PutContentResponse, Version } from '@cloudsync/protocol'
import { sharedByTests } from '../../../../testing/shared-by-tests.ts'
import type { TestCaller } from '../../../../testing/test-caller.ts'
import { openTestFiles } from '../testing/open-test-files.ts'

/** No text: it has a NUL. */
const blob = (text: string) => Uint8Array.from(Buffer.from(`${text}\0`))
const etagOf = (bytes: Uint8Array) => `"${createHash('sha256').update(bytes).digest('hex')}"`
const [one, two, three] = [blob('one'), blob('two'), blob('three')] as const

const server = sharedByTests(await openTestFiles())
const { ada } = server
const eve = await server.addUser('eve')
const zoe = await server.addUser('zoe')

suite('conflicts of content', () => {
  /** A file that holds `two` by Eve, over `one` by Ada. */
  const createReplaced = async (policy?: 'ask') => {
    const space = await server.newSpace({ eve: 'editor', zoe: 'viewer' })
    if (policy)
      await server.db.pool.query('UPDATE spaces SET conflict_policy = $2 WHERE id = $1', [
        space.id,
        policy,
      ])
    const node = await ada.post<Node>('/nodes', {
      parentId: space.rootId,
      name: 'plan.bin',
      kind: 'blob',
    })
    await put(ada, node.id, one)
    await put(eve, node.id, two, { 'if-match': etagOf(one) })
    return { space, id: node.id }
  }
  const put = async (
    caller: TestCaller,
    id: string,
    body: Uint8Array<ArrayBuffer> | string,
    headers: Record<string, string> = {},
  ) => {
    const answer = await caller.send('PUT', `/nodes/${id}/content`, { body, headers })
    type Said = PutContentResponse & { code?: string; conflictId?: string; version?: number }
    return { ...((await answer.json()) as Said), status: answer.status }
  }
  const bytes = async (id: string) =>
    Buffer.from(await (await ada.send('GET', `/nodes/${id}/content`)).arrayBuffer())
  const versionsOf = async (id: string) =>
    (await ada.get<Page<Version>>(`/nodes/${id}/versions`)).items
  const conflictsOf = async (id: string, state = 'open') =>
    (await ada.get<Page<Conflict>>(`/conflicts?nodeId=${id}&state=${state}`)).items
  const resolve = (caller: TestCaller, id: string, choice: string) =>
    caller.send('POST', `/conflicts/${id}/resolve`, {
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ choice }),
    })
  const children = async (id: string) =>
    (await ada.get<Page<Node>>(`/nodes/${id}/children`)).items.map(({ name }) => name)
  const ask = async () => {
    const { space, id } = await createReplaced('ask')
    const asked = await put(ada, id, three, { 'if-match': etagOf(one) })
    assert.deepEqual([asked.status, asked.code], [409, 'content_conflict'])
    return { space, id, conflictId: asked.conflictId ?? '', version: asked.version }
  }

  test('are none when who writes has seen what is there', async () => {
    const { id } = await createReplaced()
    assert.equal((await put(ada, id, three, { 'if-match': etagOf(two) })).status, 200)
    assert.equal((await put(ada, id, one)).status, 200)
    assert.equal((await put(ada, id, two, { 'if-match': '*' })).status, 200)
    assert.equal((await put(ada, id, three, { 'if-match': `"x", ${etagOf(two)}` })).status, 200)
    assert.deepEqual(await conflictsOf(id, 'all'), [])
  })

  test('need a version that is known', async () => {
    const { id } = await createReplaced()
    const weak = `W/${etagOf(two)}`
    for (const unknown of [etagOf(three), '"x"', '"1.1"', weak]) {
      const refused = await put(ada, id, three, { 'if-match': unknown })
      assert.deepEqual([refused.status, refused.code], [412, 'precondition_failed'], unknown)
    }
    assert.equal((await put(ada, id, three, { 'if-none-match': '*' })).status, 412)
    assert.equal((await put(ada, id, three, { 'if-none-match': etagOf(two) })).status, 412)
    assert.equal((await put(ada, id, three, { 'if-match': 'x' })).status, 400)
    assert.deepEqual(await bytes(id), Buffer.from(two))
  })

  test('are won by the last writer, and what it had not seen is listed', async () => {
    const { id } = await createReplaced()
    const won = await put(ada, id, three, { 'if-match': etagOf(one) })
    assert.deepEqual([won.status, `"${won.etag}"`], [200, etagOf(three)])
    assert.deepEqual(await bytes(id), Buffer.from(three))
    assert.deepEqual(await conflictsOf(id), [])
    const [conflict, ...others] = await conflictsOf(id, 'all')
    assert.equal(others.length, 0)
    const byNumber = new Map((await versionsOf(id)).map((version) => [version.number, version]))
    assert.equal(`"${byNumber.get(conflict?.mine.version ?? 0)?.sha256}"`, etagOf(three))
    assert.equal(`"${byNumber.get(conflict?.theirs.version ?? 0)?.sha256}"`, etagOf(two))
    assert.deepEqual(
      [conflict?.kind, conflict?.resolution, conflict?.resolvedBy, conflict?.theirs.by?.name],
      ['content', 'mine', null, 'eve'],
    )
    assert.equal((await ada.get<Node>(`/nodes/${id}`)).hasConflicts, false)
  })

  for (const policy of [undefined, 'ask'] as const)
    test(`are none when a request comes again that was done before others went on${policy ? ', where the policy asks' : ''}`, async () => {
      const { id } = await createReplaced(policy)
      await put(ada, id, three, { 'if-match': etagOf(two) })
      // Of what Eve sent, only the answer was lost.
      const again = await put(eve, id, two, { 'if-match': etagOf(one) })
      assert.deepEqual([again.status, again.outcome], [200, 'unchanged'])
      assert.deepEqual(await bytes(id), Buffer.from(three))
      assert.deepEqual(await conflictsOf(id, 'all'), [])
      // Back to it, by somebody who has seen what came of it.
      assert.equal((await put(eve, id, two, { 'if-match': etagOf(three) })).status, 200)
      assert.deepEqual(await bytes(id), Buffer.from(two))
    })

  test('that wait for a person are one, however often the request comes and whatever others do meanwhile', async () => {
    const { id, conflictId, version } = await ask()
    await put(eve, id, one, { 'if-match': etagOf(two) })
    const again = await put(ada, id, three, { 'if-match': etagOf(two) })
    assert.deepEqual([again.status, again.conflictId, again.version], [409, conflictId, version])
    assert.deepEqual(await bytes(id), Buffer.from(one))
  })

  test('won by the last writer can be decided otherwise, once', async () => {
    const { id } = await createReplaced()
    await put(ada, id, three, { 'if-match': etagOf(one) })
    const [conflict] = await conflictsOf(id, 'all')
    assert.equal((await resolve(eve, conflict?.id ?? '', 'theirs')).status, 200)
    assert.deepEqual(await bytes(id), Buffer.from(two))
    assert.equal((await resolve(eve, conflict?.id ?? '', 'theirs')).status, 200)
    assert.equal((await resolve(eve, conflict?.id ?? '', 'mine')).status, 400)
    assert.deepEqual(await bytes(id), Buffer.from(two))
  })

  test('wait for a person where the policy asks: nothing is lost, and the node says so', async () => {
    const { id, space, conflictId, version } = await ask()
    assert.deepEqual(await bytes(id), Buffer.from(two))
    const node = await ada.get<Node>(`/nodes/${id}`)
    const { rows } = await server.db.pool.query('SELECT seq FROM spaces WHERE id = $1', [space.id])
    assert.deepEqual([node.hasConflicts, node.seq], [true, (rows[0] as { seq: number }).seq])
    const [conflict, ...others] = await conflictsOf(id)
    assert.equal(others.length, 0)
    assert.deepEqual(
      [conflict?.id, conflict?.mine.version, conflict?.resolution, conflict?.nodeName],
      [conflictId, version, null, 'plan.bin'],
    )
    const kept = await ada.send('GET', `/nodes/${id}/versions/${version}/content`)
    assert.deepEqual(Buffer.from(await kept.arrayBuffer()), Buffer.from(three))
    const again = await put(ada, id, three, { 'if-match': etagOf(one) })
    assert.deepEqual([again.status, again.conflictId, again.version], [409, conflictId, version])
    assert.equal((await conflictsOf(id)).length, 1)
  })

  test('follow the nearest folder that has a policy', async () => {
    const { id, space } = await createReplaced('ask')
    await server.db.pool.query(
      "UPDATE nodes SET conflict_policy = 'last_write_wins' WHERE id = $1",
      [space.rootId],
    )
    assert.equal((await put(ada, id, three, { 'if-match': etagOf(one) })).status, 200)
  })

  test('are resolved for mine: it becomes the content', async () => {
    const { id, conflictId } = await ask()
    const resolved = (await (await resolve(ada, conflictId, 'mine')).json()) as Conflict
    assert.deepEqual([resolved.resolution, resolved.resolvedAt !== null], ['mine', true])
    assert.deepEqual(await bytes(id), Buffer.from(three))
    assert.equal((await ada.get<Node>(`/nodes/${id}`)).hasConflicts, false)
    assert.deepEqual(await conflictsOf(id), [])
  })

  test('are resolved for theirs: it stays', async () => {
    const { id, conflictId } = await ask()
    const before = (await versionsOf(id)).length
    assert.equal((await resolve(ada, conflictId, 'theirs')).status, 200)
    assert.deepEqual(await bytes(id), Buffer.from(two))
    assert.equal((await ada.get<Node>(`/nodes/${id}`)).hasConflicts, false)
    assert.equal((await versionsOf(id)).length, before)
  })

  test('are resolved for both: the other becomes a file beside it', async () => {
    const { id, space, conflictId } = await ask()
    assert.equal((await resolve(ada, conflictId, 'both')).status, 200)
    assert.deepEqual(await bytes(id), Buffer.from(two))
    assert.deepEqual(await children(space.rootId), ['plan (2).bin', 'plan.bin'])
    const { items } = await ada.get<Page<Node>>(`/nodes/${space.rootId}/children`)
    assert.deepEqual(await bytes(items[0]?.id ?? ''), Buffer.from(three))
    assert.equal((await ada.get<Node>(`/nodes/${id}`)).hasConflicts, false)
  })

  test('are resolved once, however many decide at the same time', async () => {
    const { id, space, conflictId } = await ask()
    const statuses = await Promise.all(
      ['both', 'both', 'both', 'both'].map(async (choice) => {
        return (await resolve(ada, conflictId, choice)).status
      }),
    )
    assert.ok(statuses.includes(200), String(statuses))
    assert.equal((await children(space.rootId)).length, 2)
    const { rows } = await server.db.pool.query('SELECT open_conflicts FROM nodes WHERE id = $1', [
      id,
    ])
    assert.deepEqual(rows, [{ open_conflicts: 0 }])
  })

  test('of a text that cannot be merged are recorded and resolved too', async () => {
    const { rootId } = await server.newSpace({ eve: 'editor' })
    const { id } = await ada.post<Node>('/nodes', {
      parentId: rootId,
      name: 'a.json',
      kind: 'text',
    })
    await put(ada, id, '{\n  "a": 1\n}\n')
    const base = (await ada.send('GET', `/nodes/${id}/content`)).headers.get('etag') ?? ''
    await put(eve, id, '{\n  "a": 2\n}\n', { 'if-match': base })
    const asked = await put(ada, id, '{\n  "a": 3\n}\n', { 'if-match': base })
    assert.equal(asked.code, 'merge_conflict')
    assert.equal((await ada.get<Node>(`/nodes/${id}`)).hasConflicts, true)
    assert.equal((await resolve(ada, asked.conflictId ?? '', 'mine')).status, 200)
    assert.equal((await bytes(id)).toString(), '{\n  "a": 3\n}\n')
    assert.equal((await ada.get<Node>(`/nodes/${id}`)).hasConflicts, false)
  })

  test('are shown to readers, decided by editors, and hidden from others', async () => {
    const { id, space, conflictId } = await ask()
    assert.equal((await zoe.get<Conflict>(`/conflicts/${conflictId}`)).nodeId, id)
    assert.equal((await resolve(zoe, conflictId, 'mine')).status, 403)
    const stranger = await server.addUser(`stranger-${conflictId.slice(-6)}`)
    for (const path of [
      `/conflicts/${conflictId}`,
      `/conflicts?nodeId=${id}`,
      `/conflicts?spaceId=${space.id}`,
    ])
      assert.equal((await stranger.send('GET', path)).status, 404, path)
    assert.equal((await resolve(stranger, conflictId, 'mine')).status, 404)
    for (const path of ['/conflicts', '/conflicts?nodeId=x', `/conflicts?nodeId=${id}&cursor=x`])
      assert.equal((await ada.send('GET', path)).status, 400, path)
    assert.equal((await resolve(ada, conflictId, 'neither')).status, 400)
    assert.equal((await resolve(ada, id, 'mine')).status, 404)
  })

  test('of a space are listed page by page', async () => {
    const { id, space } = await ask()
    const more = [blob('4'), blob('5'), blob('6')]
    for (const body of more) await put(ada, id, body, { 'if-match': etagOf(one) })
    const seen: string[] = []
    let cursor: string | null = ''
    while (cursor !== null) {
      const after: string = cursor === '' ? '' : `&cursor=${cursor}`
      const page: Page<Conflict> = await ada.get(`/conflicts?spaceId=${space.id}&limit=3${after}`)
      seen.push(...page.items.map((conflict) => conflict.id))
      cursor = page.nextCursor
    }
    assert.equal(new Set(seen).size, 4)
    assert.equal(seen.length, 4)
  })
})
