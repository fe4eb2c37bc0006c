import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { glob, mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import type { Node, NodeId } from '@cloudsync/protocol'
import { pino } from 'pino'
import type * as Y from 'yjs'
import { Compactor } from '../../src/features/live/compactor.ts'
import {
  openStockClient,
  openTestSeals,
  openTestStore,
  startTestServer,
  testMasterKeyFile,
  type TestServer,
} from '../../testing/index.ts'

const run = promisify(execFile)
const script = fileURLToPath(import.meta.resolve('./restore.ts'))
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest()

suite('a reader that knows docs/formats.md and nothing else', () => {
  let directory: string
  let server: TestServer
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'cloudsync-formats-'))
    const storageUrl = pathToFileURL(directory).href
    server = await startTestServer({}, { STORAGE_URL: storageUrl, DATA_DIR: directory })
  })
  after(async () => {
    await server[Symbol.asyncDispose]()
    await rm(directory, { recursive: true, force: true })
  })

  const restore = async (what: string, keyFile = testMasterKeyFile) => {
    const args = [script, server.db.config.url, directory, keyFile, what]
    const options = { encoding: 'buffer', maxBuffer: 32 * 1024 * 1024 } as const
    return (await run(process.execPath, args, options)).stdout
  }
  const upload = async (name: string, content: Uint8Array<ArrayBuffer>) => {
    const answer = await server.admin.upload(
      { parentId: await server.admin.rootId(), name },
      content,
    )
    assert.equal(answer.status, 201, await answer.clone().text())
    return (await answer.json()) as Node & { id: NodeId }
  }
  const download = async (id: string) =>
    Buffer.from(await (await server.admin.send('GET', `/nodes/${id}/content`)).arrayBuffer())
  const position = async (id: string) => {
    const answer = await server.admin.send('HEAD', `/nodes/${id}/content`)
    return /^"([0-9]+\.[0-9]+)/.exec(answer.headers.get('etag') ?? '')?.[1]
  }
  const compact = async (id: NodeId) => {
    const { kysely: db } = server.db.database
    const log = pino({ level: 'silent' })
    const [store, clock] = [openTestStore(db), { now: () => new Date() }]
    const seals = await openTestSeals(server.db.database)
    await using compactor = new Compactor({ db, store, seals, clock, log })
    await compactor.compact(id)
  }
  const type = async (id: string, edit: (text: Y.Text) => void) => {
    using ada = openStockClient(server.admin, id)
    await ada.saved()
    edit(ada.text)
    await ada.saved()
  }

  test('imports nothing of ours', async () => {
    const imported = new Set<string>()
    for await (const file of glob('*.ts', { cwd: import.meta.dirname })) {
      if (file.endsWith('.test.ts')) continue
      const source = await readFile(join(import.meta.dirname, file), 'utf8')
      for (const [, name] of source.matchAll(/\bfrom '([^']+)'|\bimport\(/g))
        imported.add(name?.replace(/^node:.*/, 'node:').replace(/^\.\/.*/, './') ?? 'import()')
    }
    assert.deepEqual([...imported].sort(), ['./', 'node:', 'pg', 'yjs'])
  })

  const files: readonly (readonly [string, Uint8Array<ArrayBuffer>])[] = [
    ['small.bin', Uint8Array.from([0, 1, 2, 255])],
    ['one-chunk.bin', Uint8Array.from(randomBytes(100_000))],
    ['large.bin', Uint8Array.from(randomBytes(5_000_000))],
    ['compressible.bin', Uint8Array.from(Buffer.from('row\0of a table\n'.repeat(200_000)))],
    ['text.txt', Uint8Array.from(Buffer.from('\ufeffGrüße\r\nan alle\r\n'))],
    ['empty.txt', new Uint8Array()],
  ]
  for (const [name, content] of files)
    test(`restores ${name} as it was uploaded`, async () => {
      const { id } = await upload(name, content)
      assert.ok((await restore(id)).equals(content))
    })

  test('restores contents by their hash: of a version, and of no bytes', async () => {
    const first = Uint8Array.from(Buffer.from('first\r\n'))
    for (const content of [first, new Uint8Array()]) {
      const { id } = await upload(`versions-${content.length}.md`, content)
      await server.admin.post(`/nodes/${id}/versions`, { name: 'as it was' })
      await type(id, (text) => text.insert(0, 'not the '))
      assert.ok((await restore(sha256(content).toString('hex'))).equals(content))
    }
  })

  test('restores a text after edits, from its log, its checkpoint and its history', async () => {
    const { id } = await upload('live.md', Uint8Array.from(Buffer.from('\ufeffone\r\n')))
    const states = new Map<string | undefined, Buffer>()
    const note = async () => states.set(await position(id), await download(id))
    await note()
    for (const word of ['two\n', 'three 😀\n', 'four\n']) {
      await type(id, (text) => text.insert(text.length, word))
      await type(id, (text) => text.delete(0, 1))
      await note()
      if (word !== 'four\n') await compact(id)
    }
    assert.equal(states.size, 4)
    assert.ok((await restore(id)).equals(await download(id)))
    for (const [at, bytes] of states) assert.ok((await restore(`${id}@${at}`)).equals(bytes), at)
  })

  test('restores what a text was before it became a blob, and after it became one again', async () => {
    const { id } = await upload('crossing.md', Uint8Array.from(Buffer.from('before\n')))
    const blob = Uint8Array.from([0, 1, 2])
    const [first, before] = [await position(id), await download(id)]
    await server.admin.put(`/nodes/${id}/content`, blob)
    assert.ok((await restore(id)).equals(blob))
    await server.admin.put(`/nodes/${id}/content`, 'again\n')
    await type(id, (text) => text.insert(0, 'and '))
    const [second, again] = [await position(id), await download(id)]
    await compact(id)
    await type(id, (text) => text.insert(0, 'more, '))
    assert.ok((await restore(`${id}@${first}`)).equals(before))
    assert.ok((await restore(`${id}@${second}`)).equals(again))
    assert.ok((await restore(id)).equals(await download(id)))
  })

  test('says no to a byte of a pack that was changed', async () => {
    const content = Uint8Array.from(randomBytes(3_000_000))
    const { id } = await upload('damaged.bin', content)
    const { rows } = await server.db.database.pool.query<{ pack: string; start: number }>(
      `SELECT c.pack_id AS pack, c.start FROM contents JOIN manifest_pages m USING (manifest_id)
       JOIN chunks c ON c.hash = substring(m.entries FOR 32) WHERE sha256 = $1`,
      [sha256(content)],
    )
    const { pack, start } = rows[0] ?? assert.fail('The content has no manifest')
    const path = `objects/packs/=${pack.slice(0, 2)}/${pack}`
    await using file = await open(join(directory, path), 'r+')
    const flip = async (at: number) => {
      const { buffer } = await file.read(Buffer.alloc(1), 0, 1, at)
      await file.write(Buffer.of(buffer.readUInt8() ^ 1), 0, 1, at)
    }
    for (const at of [4, start, start + 12, start + 50_000]) {
      await flip(at)
      await assert.rejects(restore(id), /no pack of version 1|unable to authenticate/, `byte ${at}`)
      await flip(at)
    }
    assert.ok((await restore(id)).equals(content))
  })

  test('says no to a manifest whose chunks are in another order', async () => {
    const content = Uint8Array.from(randomBytes(3_000_000))
    const { id } = await upload('reordered.bin', content)
    await server.db.database.pool.query(
      `UPDATE manifest_pages SET entries = substring(entries FROM 37) || substring(entries FOR 36)
       WHERE manifest_id = (SELECT manifest_id FROM contents WHERE sha256 = $1)`,
      [sha256(content)],
    )
    await assert.rejects(restore(id), /The content has another SHA-256/)
  })

  test('says no without the master key', async () => {
    const { id } = await upload('sealed.bin', Uint8Array.from([0, 1]))
    const other = join(directory, 'other.key')
    await writeFile(other, '0'.repeat(64))
    await assert.rejects(restore(id, other), /The master key [0-9a-f]{16} is needed/)
  })
})
