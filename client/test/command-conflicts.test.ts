import assert from 'node:assert/strict'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { createClient } from '@cloudsync/client'
import { startTestServer, testAdmin, waitUntil } from '@cloudsync/server/testing'
import { sharedByTests } from '../../server/testing/shared-by-tests.ts'
import { SyncClient } from '../testing/sync-client.ts'

const server = sharedByTests(await startTestServer())
const { caller } = await server.admin.withToken(['files:read', 'files:write', 'account:read'])
const ada = createClient({ url: server.url, credentials: testAdmin })

async function openLinked() {
  const space = await ada.spaces.create(`Space ${crypto.randomUUID()}`)
  const client = await SyncClient.open(server.url, caller.accessToken, space.name)
  const read = (name: string) => readFile(join(client.folder, name), 'utf8')
  const write = (name: string, content: string | Uint8Array) =>
    writeFile(join(client.folder, name), content)
  const once = () => client.call('run', '--once')
  const onServer = async (name: string) => {
    const node = await ada.spaces.nodeAt(space.id, name)
    return { id: node.id, text: await ada.content.text(node.id) }
  }
  return { space, client, read, write, once, onServer }
}

const both = { ours: '{\n  "a": 1,\n  "b": 3\n}\n', theirs: '{\n  "a": 1,\n  "b": 2\n}\n' }

/** Each side can be read by programs, both together cannot. */
async function openBroken() {
  const linked = await openLinked()
  const { client, read, write, once, onServer } = linked
  await write('s.json', '{\n  "a": 1\n}\n')
  await once()
  const { id } = await onServer('s.json')
  const live = ada.openText(id)
  await live.opened()
  live.text.insert(live.text.toJSON().indexOf('1') + 1, ',\n  "b": 2')
  await live.saved()
  live.close()
  await write('s.json', both.ours)
  const met = await once()
  assert.equal(met.code, 7, met.stdout + met.stderr)
  assert.equal(await read('s.json'), both.ours)
  assert.equal((await onServer('s.json')).text, both.theirs)
  const listed = await client.call('conflicts')
  assert.equal(listed.code, 7)
  const number = /^#(\d+) +s\.json +merging it would break its structure/m.exec(listed.stdout)?.[1]
  assert.ok(number, listed.stdout)
  return { ...linked, number }
}

suite('a structured text that both sides have changed so that it would break', () => {
  test('is shown with what each side says, and told as such', async () => {
    const { client, number } = await openBroken()
    await using _client = client
    const shown = await client.mustCall('conflicts', 'show', number)
    assert.match(shown, /-  "b": 2\n\+  "b": 3\n/)
    assert.match((await client.call('status')).stdout, /1 conflict to look at/)
    assert.match((await client.call('explain', join(client.folder, 's.json'))).stdout, /conflict/)
  })

  test('is what this machine says, when somebody decides so while it runs', async () => {
    const { client, number, onServer, read } = await openBroken()
    await using _client = client
    client.start()
    await waitUntil('it runs', () => client.log.includes('in step'))
    await client.mustCall('conflicts', 'resolve', number, 'mine')
    await waitUntil('it is sent', async () => (await onServer('s.json')).text === both.ours)
    assert.equal(await read('s.json'), both.ours)
    assert.match(await client.mustCall('conflicts'), /No conflict is open/)
    await client.mustCall('verify')
  })

  test('is what the server says, when somebody decides so', async () => {
    const { client, number, once, onServer, read } = await openBroken()
    await using _client = client
    await client.mustCall('conflicts', 'resolve', number, 'theirs')
    assert.equal(await read('s.json'), both.theirs)
    assert.equal((await once()).code, 0)
    assert.equal((await onServer('s.json')).text, both.theirs)
    await client.mustCall('verify')
  })

  test('is both, beside each other', async () => {
    const { client, number, once, onServer, read } = await openBroken()
    await using _client = client
    await client.mustCall('conflicts', 'resolve', number, 'both')
    assert.equal((await once()).code, 0)
    assert.equal(await read('s.json'), both.theirs)
    assert.equal(await read('s (2).json'), both.ours)
    assert.equal((await onServer('s (2).json')).text, both.ours)
  })
})

/** Two have replaced a file that is no text. */
async function openReplaced(conflictPolicy: 'ask' | 'last_write_wins') {
  const linked = await openLinked()
  const { space, client, write, once, onServer } = linked
  await ada.spaces.patch(space.id, { conflictPolicy })
  await write('p.bin', '\0first')
  await once()
  const { id } = await onServer('p.bin')
  await ada.content.put(id, '\0by somebody')
  await write('p.bin', '\0by this machine')
  const met = await once()
  assert.equal(met.code, 0, met.stdout + met.stderr)
  return { ...linked, client }
}

suite('a file that is no text, and that two have replaced', () => {
  test('is what came last, where the policy is that, and who asks is told of the other one', async () => {
    const { client, read } = await openReplaced('last_write_wins')
    await using _client = client
    assert.equal(await read('p.bin'), '\0by this machine')
    assert.match(await client.mustCall('conflicts'), /No conflict is open/)
    const all = await client.mustCall('conflicts', '--all')
    assert.match(
      all,
      /p\.bin +replaced from two sides .*; decided: later; the other one is version 2/,
    )
    await client.mustCall('restore', join(client.folder, 'p.bin'), '--version', '2')
    await client.mustCall('run', '--once')
    assert.equal(await read('p.bin'), '\0by somebody')
  })

  for (const choice of ['mine', 'theirs', 'both'] as const)
    test(`is listed where the policy is to ask, and becomes ${choice}`, async () => {
      const { client, once, read } = await openReplaced('ask')
      await using _client = client
      const listed = await client.call('conflicts')
      const name = /^([0-9a-f]{8}) +p\.bin +replaced from two sides/m.exec(listed.stdout)?.[1]
      assert.deepEqual([listed.code, typeof name], [7, 'string'], listed.stdout)
      assert.match(await client.mustCall('conflicts', 'show', name ?? ''), /later .*version/)
      await client.mustCall('conflicts', 'resolve', name ?? '', choice)
      await once()
      const contents = await Promise.all(
        (await readdir(client.folder)).filter((entry) => entry.endsWith('.bin')).map(read),
      )
      const [mine, theirs] = ['\0by this machine', '\0by somebody']
      const expected = { mine: [mine], theirs: [theirs], both: [mine, theirs] }[choice]
      assert.deepEqual(contents.toSorted(), expected.toSorted())
      assert.match(await client.mustCall('conflicts'), /No conflict is open/)
    })
})

test('of two conflicts of one moment each has an id of its own, or the path of its file; mine is whose it is', async () => {
  const { space, client, write, once, onServer, read } = await openLinked()
  await using _client = client
  await ada.spaces.patch(space.id, { conflictPolicy: 'ask' })
  const bo = await server.addUser('Bo')
  const member = { email: 'bo@example.com', role: 'editor' }
  await server.admin.put(`/spaces/${space.id}/members`, JSON.stringify(member), {
    'content-type': 'application/json',
  })
  const { caller: boCaller } = await bo.withToken(['files:read', 'files:write', 'account:read'])
  const boClient = createClient({
    url: server.url,
    credentials: { accessToken: boCaller.accessToken },
  })
  for (const name of ['p.bin', 'q.bin']) await write(name, '\0first')
  await once()
  for (const name of ['p.bin', 'q.bin']) {
    const { id } = await onServer(name)
    const before = await boClient.content.get(id)
    assert.ok(before.kind === 'whole')
    await before.body.bytes()
    await ada.content.put(id, '\0by Ada')
    await assert.rejects(boClient.content.put(id, '\0by Bo', { ifMatch: before.etag }), /decide/)
  }
  const { stdout } = await client.call('conflicts')
  const ids = [...stdout.matchAll(/^([0-9a-f]{8}) +[pq]\.bin/gm)].map(([, id]) => id ?? '')
  assert.equal(new Set(ids).size, 2, stdout)
  assert.match((await client.call('status')).stdout, /2 conflicts to look at/)
  for (const id of ids) assert.match(await client.mustCall('conflicts', 'show', id), /by Ada/)
  assert.match(await client.mustCall('conflicts', 'show', 'q.bin'), /later .*by Bo/)
  await client.mustCall('conflicts', 'resolve', 'p.bin', 'mine')
  await client.mustCall('conflicts', 'resolve', 'q.bin', 'theirs')
  await once()
  assert.deepEqual([await read('p.bin'), await read('q.bin')], ['\0by Ada', '\0by Bo'])
})

test('words that both sides wrote into one line are merged, and listed until somebody has seen them', async () => {
  const { client, read, write, once, onServer } = await openLinked()
  await using _client = client
  await write('a.md', 'alpha beta gamma\n')
  await once()
  const { id } = await onServer('a.md')
  const live = ada.openText(id)
  await live.opened()
  live.text.insert(0, 'their ')
  await live.saved()
  live.close()
  await write('a.md', 'alpha beta my gamma\n')
  await once()
  assert.equal(await read('a.md'), 'their alpha beta my gamma\n')
  const listed = await client.call('conflicts')
  const number = /^#(\d+) +a\.md +merged, and both sides changed the same lines/m.exec(
    listed.stdout,
  )?.[1]
  assert.ok(number, listed.stdout)
  assert.match(await client.mustCall('conflicts', 'show', number), /lines 1–1/)
  assert.match((await client.call('conflicts', 'resolve', number, 'mine')).stderr, /merged/)
  await client.mustCall('conflicts', 'resolve', number, 'seen')
  assert.match(await client.mustCall('conflicts'), /No conflict is open/)
})
