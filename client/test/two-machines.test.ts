import assert from 'node:assert/strict'
import { access, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { startTestServer, waitUntil } from '@cloudsync/server/testing'
import { openMachines, tellLogs } from '../testing/open-machines.ts'
import type { SyncClient } from '../testing/sync-client.ts'

/** As most editors save: whole, in one step. */
async function save(path: string, text: string): Promise<void> {
  await writeFile(`${path}~`, text)
  await rename(`${path}~`, path)
}

async function holds(client: SyncClient, path: string, expected: string): Promise<void> {
  const file = join(client.folder, path)
  await waitUntil(`${path} says ${JSON.stringify(expected)}`, async () => {
    const found = await readFile(file, 'utf8').catch(() => undefined)
    return found === expected
  })
}

/** What is saved from here on builds on what the client has seen. */
async function isInStep(client: SyncClient, path: string): Promise<void> {
  await waitUntil(`${path} is in step`, async () => {
    const { stdout } = await client.call('explain', join(client.folder, path))
    return stdout.includes('in step')
  })
}

async function lacks(client: SyncClient, path: string): Promise<void> {
  await waitUntil(`${path} is gone`, async () => {
    try {
      await access(join(client.folder, path))
      return false
    } catch {
      return true
    }
  })
}

suite('two machines and a server', () => {
  test('hold the same through edits on both, a moved folder, a deletion and a killed process', async (t) => {
    await using server = await startTestServer()
    await using machines = await openMachines(server, [{}, {}])
    const [a, b] = machines.clients as [SyncClient, SyncClient]
    t.after(() => {
      if (!isDone) t.diagnostic(`${a.log}\n----\n${b.log}`)
    })
    let isDone = false
    a.start()
    b.start()
    const inA = (path: string) => join(a.folder, path)
    const inB = (path: string) => join(b.folder, path)

    await mkdir(inA('notes/deep'), { recursive: true })
    await writeFile(inA('notes/deep/a.md'), 'one\ntwo\nthree\n')
    await writeFile(inA('picture.bin'), Buffer.from([0, 1, 2, 255, 254]))
    await holds(b, 'notes/deep/a.md', 'one\ntwo\nthree\n')

    await save(inA('notes/deep/a.md'), 'ONE\ntwo\nthree\n')
    await holds(b, 'notes/deep/a.md', 'ONE\ntwo\nthree\n')
    await isInStep(b, 'notes/deep/a.md')
    await save(inB('notes/deep/a.md'), 'ONE\ntwo\nTHREE\n')
    await holds(a, 'notes/deep/a.md', 'ONE\ntwo\nTHREE\n')

    await rename(inB('notes'), inB('papers'))
    await holds(a, 'papers/deep/a.md', 'ONE\ntwo\nTHREE\n')
    await lacks(a, 'notes')
    await isInStep(a, 'papers/deep/a.md')

    await a.stop('SIGKILL')
    await writeFile(inB('picture.bin'), Buffer.from([9, 0, 9]))
    await rm(inA('papers/deep/a.md'))
    a.start()
    await lacks(b, 'papers/deep/a.md')
    await holds(a, 'picture.bin', '\u0009\u0000\u0009')

    assert.equal(await a.stop(), 0)
    assert.equal(await b.stop(), 0)
    for (const client of [a, b]) {
      const verified = await client.call('verify')
      assert.equal(verified.code, 0, verified.stdout + verified.stderr)
    }
    isDone = true
  })

  for (const [how, write] of [
    ['in one step', save],
    ['in place', writeFile],
  ] as const)
    test(`merge what both save at once ${how}`, async () => {
      await using server = await startTestServer()
      await using machines = await openMachines(server, [{}, {}])
      const [a, b] = machines.clients as [SyncClient, SyncClient]
      a.start()
      b.start()
      await save(join(a.folder, 'a.md'), 'one\ntwo\nthree\n')
      await holds(b, 'a.md', 'one\ntwo\nthree\n')
      for (const client of [a, b]) await isInStep(client, 'a.md')
      await Promise.all([
        write(join(a.folder, 'a.md'), 'ONE\ntwo\nthree\n'),
        write(join(b.folder, 'a.md'), 'one\ntwo\nTHREE\n'),
      ])
      await holds(a, 'a.md', 'ONE\ntwo\nTHREE\n')
      await holds(b, 'a.md', 'ONE\ntwo\nTHREE\n')
    })

  test('hold the same bytes, also where a program changed nothing but how lines end', async () => {
    await using server = await startTestServer()
    await using machines = await openMachines(server, [{}, {}])
    const [a, b] = machines.clients as [SyncClient, SyncClient]
    a.start()
    b.start()
    const said = 'one\ntwo\nthree\n'
    await save(join(a.folder, 'a.md'), said)
    await holds(b, 'a.md', said)
    await isInStep(b, 'a.md')
    const crlf = said.replaceAll('\n', '\r\n')
    await save(join(b.folder, 'a.md'), crlf)
    await holds(a, 'a.md', crlf)
    await isInStep(a, 'a.md')
    // What was typed elsewhere comes with the line ends of the file, and goes with them.
    await save(join(a.folder, 'a.md'), crlf.replace('one', 'ONE'))
    await holds(b, 'a.md', crlf.replace('one', 'ONE'))
    await isInStep(b, 'a.md')
    await save(join(b.folder, 'a.md'), `\ufeff${said.replace('three', 'THREE')}`)
    await holds(a, 'a.md', `\ufeff${said.replace('three', 'THREE')}`)
  })

  test('keep a file that was changed on one while its folder was deleted on the other', async (t) => {
    await using server = await startTestServer()
    await using machines = await openMachines(server, [{}, {}])
    const [a, b] = machines.clients as [SyncClient, SyncClient]
    const allWentWell = tellLogs(t, machines.clients)
    a.start()
    b.start()
    await mkdir(join(a.folder, 'album/old'), { recursive: true })
    const first = Buffer.from([0, 1, 2, 255])
    const changed = Buffer.from([0, 3, 4, 255, 254])
    for (const name of ['photo.bin', 'old/other.bin'])
      await writeFile(join(a.folder, 'album', name), first)
    const bytesIn = async (path: string) =>
      (await readFile(path).catch(() => undefined))?.toString('hex')
    await waitUntil('both have it', async () =>
      [
        await bytesIn(join(b.folder, 'album/photo.bin')),
        await bytesIn(join(b.folder, 'album/old/other.bin')),
      ].every((found) => found === first.toString('hex')),
    )
    await isInStep(b, 'album/photo.bin')
    await b.stop('SIGKILL')
    await writeFile(join(b.folder, 'album/photo.bin'), changed)
    await rm(join(a.folder, 'album'), { recursive: true })
    // Looks at both sides, so that it says so once the server knows.
    await waitUntil('the server knows', async () => (await a.call('verify')).code === 0)
    b.start()
    for (const { folder } of [a, b])
      await waitUntil(`${folder} has the photo as it is now`, async () => {
        const found = await bytesIn(join(folder, 'album/photo.bin'))
        return found === changed.toString('hex')
      })
    for (const client of [a, b]) await lacks(client, 'album/old')
    allWentWell()
  })
})
