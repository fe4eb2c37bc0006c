import assert from 'node:assert/strict'
import {
  chmod,
  lstat,
  mkdir,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import type { Node, Page, SyncNode, Version } from '@cloudsync/protocol'
import { startTestServer, type TestServer } from '@cloudsync/server/testing'
import {
  eventually,
  openMachines,
  save,
  tellLogs,
  untilHolds,
  untilSame,
} from '../testing/open-machines.ts'
import type { SyncClient } from '../testing/sync-client.ts'

const script = '#!/bin/sh\necho one\n'

const isExecutable = async (client: SyncClient, path: string) =>
  ((await lstat(join(client.folder, path))).mode & 0o100) !== 0

/** Until then a command that asks for something may take its place. */
async function start(...clients: readonly SyncClient[]): Promise<void> {
  for (const client of clients) {
    client.log = ''
    client.start()
  }
  for (const client of clients) await eventually('it runs', () => client.log.includes('in step'))
}

async function untilMode(client: SyncClient, path: string, expected: boolean): Promise<void> {
  await eventually(`${path} is ${expected ? '' : 'not '}executable`, async () => {
    return (await isExecutable(client, path).catch(() => undefined)) === expected
  })
}

async function untilLink(client: SyncClient, path: string, target: string): Promise<void> {
  await eventually(`${path} leads to ${target}`, async () => {
    return (await readlink(join(client.folder, path)).catch(() => undefined)) === target
  })
}

async function nodeAt({ admin }: Pick<TestServer, 'admin'>, name: string): Promise<SyncNode> {
  const { items } = await admin.get<{ items: { id: string }[] }>('/spaces')
  const snapshot = await admin.get<{ items: SyncNode[] }>(`/spaces/${items[0]?.id}/snapshot`)
  return (
    snapshot.items.find((node) => node.name === name) ?? assert.fail(`no ${name} on the server`)
  )
}

/** As any program may that speaks to the server. */
async function linkOnServer(
  { admin }: Pick<TestServer, 'admin'>,
  name: string,
  target: string,
  parentId?: string,
): Promise<Node> {
  const form = new FormData()
  form.set('parentId', parentId ?? (await admin.rootId()))
  form.set('name', name)
  form.set('mode', 'symlink')
  form.set('file', new Blob([target]))
  const answer = await admin.send('POST', '/nodes', { body: form })
  assert.equal(answer.status, 201, await answer.clone().text())
  return (await answer.json()) as Node
}

async function untilExplained(client: SyncClient, path: string, reason: RegExp): Promise<void> {
  await eventually(`explain tells of ${path}: ${reason.source}`, async () => {
    return reason.test((await client.call('explain', join(client.folder, path))).stdout)
  })
}

suite('modes and symbolic links on two machines', () => {
  test('a script stays executable however it is edited, and a change of the mode alone makes no version', async (t) => {
    await using server = await startTestServer()
    await using machines = await openMachines(server, [{}, {}])
    const [a, b] = machines.clients as [SyncClient, SyncClient]
    const allWentWell = tellLogs(t, machines.clients)
    await writeFile(join(a.folder, 'run.sh'), script)
    await writeFile(join(a.folder, 'tool'), Buffer.from('\0tool'))
    for (const name of ['run.sh', 'tool']) await chmod(join(a.folder, name), 0o755)
    await start(...machines.clients)
    await untilHolds(b, 'run.sh', script)
    await untilHolds(b, 'tool', '\0tool')
    for (const name of ['run.sh', 'tool']) await untilMode(b, name, true)

    // In place and in one step, here and there, and by somebody in a browser.
    await untilExplained(b, 'run.sh', /in step/)
    await writeFile(join(b.folder, 'run.sh'), `${script}echo two\n`)
    await untilHolds(a, 'run.sh', `${script}echo two\n`)
    await untilExplained(a, 'run.sh', /in step/)
    await writeFile(join(a.folder, 'run.sh'), `${script}echo two\necho three\n`)
    await untilHolds(b, 'run.sh', `${script}echo two\necho three\n`)
    const { id } = await nodeAt(server, 'run.sh')
    await server.admin.put(`/nodes/${id}/content`, `${script}echo four\n`)
    for (const client of [a, b]) {
      await untilHolds(client, 'run.sh', `${script}echo four\n`)
      await untilMode(client, 'run.sh', true)
    }
    assert.equal((await nodeAt(server, 'run.sh')).mode, 'executable')

    const tool = await nodeAt(server, 'tool')
    await chmod(join(b.folder, 'tool'), 0o644)
    await untilMode(a, 'tool', false)
    await server.admin.patch(`/nodes/${tool.id}`, { mode: 'executable' })
    for (const client of [a, b]) await untilMode(client, 'tool', true)
    const { items } = await server.admin.get<Page<Version>>(`/nodes/${tool.id}/versions`)
    assert.equal(items.length, 1)
    await untilSame(machines.clients)
    allWentWell()
  })

  test('a mode and a content that were changed when the process was killed both arrive', async (t) => {
    await using server = await startTestServer()
    await using machines = await openMachines(server, [{}, {}])
    const [a, b] = machines.clients as [SyncClient, SyncClient]
    const allWentWell = tellLogs(t, machines.clients)
    await start(...machines.clients)
    await writeFile(join(a.folder, 'tool'), Buffer.from('\0one'))
    await untilHolds(b, 'tool', '\0one')
    for (const round of [1, 2, 3]) {
      const [content, mode] = [`\0round ${round}`, round % 2 === 1]
      await writeFile(join(a.folder, 'tool'), Buffer.from(content))
      await chmod(join(a.folder, 'tool'), mode ? 0o755 : 0o644)
      await a.stop('SIGKILL')
      await b.stop('SIGKILL')
      await start(a, b)
      await untilHolds(b, 'tool', content)
      await untilMode(b, 'tool', mode)
      assert.equal(await isExecutable(a, 'tool'), mode)
    }
    allWentWell()
  })

  test('links come as links, lead where they led, and change places with files', async (t) => {
    await using server = await startTestServer()
    await using machines = await openMachines(server, [{}, {}])
    const [a, b] = machines.clients as [SyncClient, SyncClient]
    const allWentWell = tellLogs(t, machines.clients)
    await start(...machines.clients)
    await mkdir(join(a.folder, 'docs/deep'), { recursive: true })
    await writeFile(join(a.folder, 'docs/a.md'), 'words\n')
    await symlink('docs', join(a.folder, 'folder'))
    await symlink('../a.md', join(a.folder, 'docs/deep/file.md'))
    await symlink('nowhere', join(a.folder, 'docs/dangling'))
    await untilLink(b, 'folder', 'docs')
    await untilLink(b, 'docs/deep/file.md', '../a.md')
    await untilLink(b, 'docs/dangling', 'nowhere')
    assert.equal((await nodeAt(server, 'file.md')).kind, 'blob')
    await untilHolds(b, 'docs/a.md', 'words\n')
    await untilExplained(b, 'docs/a.md', /in step/)
    // Through it is the file itself, which is synced as one.
    await writeFile(join(b.folder, 'docs/deep/file.md'), 'words\nmore\n')
    await untilHolds(a, 'docs/a.md', 'words\nmore\n')

    await symlink('docs/deep', join(b.folder, 'new'))
    await rename(join(b.folder, 'new'), join(b.folder, 'folder'))
    await untilLink(a, 'folder', 'docs/deep')
    await rename(join(a.folder, 'docs/dangling'), join(a.folder, 'moved'))
    await untilLink(b, 'moved', 'nowhere')

    await rm(join(b.folder, 'moved'))
    await writeFile(join(b.folder, 'moved'), 'a file now\n')
    await untilHolds(a, 'moved', 'a file now\n')
    assert.ok((await lstat(join(a.folder, 'moved'))).isFile())
    await rm(join(a.folder, 'docs/a.md'))
    await symlink('../moved', join(a.folder, 'docs/a.md'))
    await untilLink(b, 'docs/a.md', '../moved')
    await rm(join(b.folder, 'folder'))
    await eventually('the link is gone', async () => {
      return !(await readdir(a.folder)).includes('folder')
    })
    await untilSame(machines.clients)
    allWentWell()
  })

  test('a link that leads out of the folder stays where it was made and on the server, and says why', async (t) => {
    await using server = await startTestServer()
    await using machines = await openMachines(server, [{}, {}])
    const [a, b] = machines.clients as [SyncClient, SyncClient]
    const allWentWell = tellLogs(t, machines.clients)
    await start(...machines.clients)
    await symlink('/etc/passwd', join(a.folder, 'outward'))
    await linkOnServer(server, 'up', '../../etc')
    await linkOnServer(server, 'own', '.cloudsync/trash')
    for (const name of ['outward', 'up', 'own'])
      await untilExplained(b, name, /leads out of the linked folder/)
    await untilExplained(a, 'outward', /in step/)
    assert.equal((await nodeAt(server, 'outward')).mode, 'symlink')
    assert.deepEqual((await readdir(b.folder)).toSorted(), ['.cloudsync'])
    const { problems } = await b.status()
    assert.deepEqual(problems.map(({ path, code }) => `${path} ${code}`).toSorted(), [
      'outward unsafe_link',
      'own unsafe_link',
      'up unsafe_link',
    ])
    // Left out on purpose, so that both sides count as the same, and nobody has to do anything.
    assert.deepEqual([(await b.call('status')).code, (await a.call('status')).code], [0, 0])
    assert.equal((await b.call('verify')).code, 0)
    // What it leads to is changed, and it comes.
    const { id } = await nodeAt(server, 'up')
    await server.admin.put(`/nodes/${id}/content`, 'here')
    await untilLink(b, 'up', 'here')
    await b.stop()
    await start(b)
    await untilExplained(b, 'outward', /leads out of the linked folder/)
    assert.ok(await nodeAt(server, 'outward'))
    allWentWell()
  })

  test('nothing is written through a link, whatever comes to lie under its name', async (t) => {
    await using server = await startTestServer()
    await using machines = await openMachines(server, [{}])
    const [a] = machines.clients as [SyncClient]
    const allWentWell = tellLogs(t, machines.clients)
    const outside = join(a.home, 'outside')
    await mkdir(outside)
    await writeFile(join(outside, 'kept'), 'kept')
    await start(a)
    // One of its own leads out, and the server puts a folder with files into its place.
    await symlink(outside, join(a.folder, 'x'))
    await mkdir(join(a.folder, 'inner'))
    await symlink('inner', join(a.folder, 'y'))
    for (const name of ['x', 'y']) await untilExplained(a, name, /in step/)
    for (const name of ['x', 'y']) {
      const link = await nodeAt(server, name)
      await server.admin.delete(`/nodes/${link.id}`)
      const parentId = await server.admin.rootId()
      const body = { parentId, name, kind: 'folder' }
      const folder = await server.admin.post<Node>('/nodes', body)
      const answer = await server.admin.upload(
        { parentId: folder.id, name: 'evil' },
        Buffer.from('\0evil'),
      )
      assert.equal(answer.status, 201)
    }
    for (const name of ['x', 'y']) await untilHolds(a, `${name}/evil`, '\0evil')
    assert.deepEqual(await readdir(outside), ['kept'])
    assert.deepEqual(await readdir(join(a.folder, 'inner')), [])
    for (const name of ['x', 'y'])
      assert.ok((await lstat(join(a.folder, name))).isDirectory(), name)
    allWentWell()
  })

  test('a link that a move elsewhere would lead out is taken off the disk, and stays on the server', async (t) => {
    await using server = await startTestServer()
    await using machines = await openMachines(server, [{}])
    const [a] = machines.clients as [SyncClient]
    const allWentWell = tellLogs(t, machines.clients)
    await start(a)
    await mkdir(join(a.folder, 'one/two'), { recursive: true })
    await symlink('../../target', join(a.folder, 'one/two/link'))
    await symlink('beside', join(a.folder, 'one/two/safe'))
    await untilExplained(a, 'one/two/link', /in step/)
    const two = await nodeAt(server, 'two')
    await server.admin.patch(`/nodes/${two.id}`, { parentId: await server.admin.rootId() })
    await untilLink(a, 'two/safe', 'beside')
    await untilExplained(a, 'two/link', /leads out of the linked folder/)
    assert.deepEqual(await readdir(join(a.folder, 'two')), ['safe'])
    assert.equal((await nodeAt(server, 'link')).parentId, two.id)
    // Back where it was, it is there again.
    const one = await nodeAt(server, 'one')
    await server.admin.patch(`/nodes/${two.id}`, { parentId: one.id })
    await a.mustCall('resume')
    await untilLink(a, 'one/two/link', '../../target')
    allWentWell()
  })

  test('a folder that is kept elsewhere, with a link in its place, is not taken for deleted', async (t) => {
    await using server = await startTestServer()
    await using machines = await openMachines(server, [{}, {}])
    const [a, b] = machines.clients as [SyncClient, SyncClient]
    const allWentWell = tellLogs(t, machines.clients)
    await start(...machines.clients)
    await mkdir(join(a.folder, 'photos'))
    await writeFile(join(a.folder, 'photos/a.bin'), Buffer.from('\0a'))
    await untilHolds(b, 'photos/a.bin', '\0a')
    await rename(join(a.folder, 'photos'), join(a.home, 'photos'))
    await symlink(join(a.home, 'photos'), join(a.folder, 'photos'))
    await untilExplained(a, 'photos', /stays on the server/)
    await save(join(b.folder, 'marker.md'), 'later\n')
    await untilHolds(a, 'marker.md', 'later\n')
    assert.equal((await nodeAt(server, 'a.bin')).name, 'a.bin')
    assert.equal(await readFile(join(b.folder, 'photos/a.bin'), 'utf8'), '\0a')
    allWentWell()
  })
})
