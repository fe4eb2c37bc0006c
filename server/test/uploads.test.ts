import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { suite, test } from 'node:test'
import type { Node } from '@cloudsync/protocol'
import { Upload } from 'tus-js-client'
import { sharedByTests } from '../testing/shared-by-tests.ts'
import type { TestCaller } from '../testing/test-caller.ts'
import { startStoringServer } from '../testing/storing-server.ts'
import { encode, post } from '../testing/tus-requests.ts'
import { startTusUpload } from '../testing/tus-upload.ts'

const megabyte = 1024 * 1024
/** Not a text, and cut into many chunks. */
const film = randomBytes(30 * megabyte)

async function isHeld(caller: TestCaller, id: string | undefined, bytes: Buffer): Promise<boolean> {
  const answer = await caller.send('GET', `/nodes/${id}/content`)
  assert.equal(answer.status, 200)
  return Buffer.from(await answer.arrayBuffer()).equals(bytes)
}

async function listNames(caller: TestCaller, parentId: string): Promise<string[]> {
  const { items } = await caller.get<{ items: Node[] }>(`/nodes/${parentId}/children`)
  return items.map(({ name }) => name)
}

async function newFolder(caller: TestCaller, name: string): Promise<string> {
  const parentId = await caller.rootId()
  return (await caller.post<Node>('/nodes', { parentId, name, kind: 'folder' })).id
}

const server = sharedByTests(await startStoringServer())
const ada = server.admin

suite('uploads by the stock client of tus', () => {
  test('of 30 MB become a file, in one request or in many', async () => {
    const parentId = await newFolder(ada, 'whole')
    for (const chunkSize of [Number.POSITIVE_INFINITY, 4 * megabyte + 1]) {
      const metadata = { parentId, filename: `${chunkSize}.bin`, filetype: 'video/mp4' }
      const id = await startTusUpload(film, { caller: ada, metadata, chunkSize }).done
      assert.ok(await isHeld(ada, id, film))
      const node = await ada.get<Node>(`/nodes/${id}`)
      assert.equal(node.name, `${chunkSize}.bin`)
      assert.equal(node.kind, 'blob')
      assert.equal(node.sizeBytes, film.length)
    }
    assert.equal((await listNames(ada, parentId)).length, 2)
  })

  test('that are broken off go on where they were', async () => {
    const parentId = await newFolder(ada, 'resumed')
    const metadata = { parentId, filename: 'film.bin' }
    const chunkSize = 8 * megabyte
    const reached = Promise.withResolvers<void>()
    const { client } = startTusUpload(film, {
      caller: ada,
      metadata,
      chunkSize,
      onChunkComplete: (_size, accepted) => {
        if (accepted >= 16 * megabyte) reached.resolve()
      },
    })
    await reached.promise
    await client.abort()
    assert.ok(client.url)
    assert.deepEqual(await listNames(ada, parentId), [])
    let firstBytes = Number.POSITIVE_INFINITY
    const { done } = startTusUpload(film, {
      caller: ada,
      uploadUrl: client.url,
      onProgress: (sent) => (firstBytes = Math.min(firstBytes, sent)),
    })
    assert.ok(await isHeld(ada, await done, film))
    assert.ok(firstBytes >= 16 * megabyte, `${firstBytes} bytes were known`)
    assert.deepEqual(await listNames(ada, parentId), ['film.bin'])
  })

  test('in three at once are put together', async () => {
    const parentId = await newFolder(ada, 'parallel')
    const metadata = { parentId, filename: 'film.bin' }
    const id = await startTusUpload(film, { caller: ada, metadata, parallelUploads: 3 }).done
    assert.ok(await isHeld(ada, id, film))
    assert.deepEqual(await listNames(ada, parentId), ['film.bin'])
  })

  test('with their first request, or of a length that is told last, become a file', async () => {
    const parentId = await newFolder(ada, 'variants')
    const bytes = film.subarray(0, 3 * megabyte)
    for (const [filename, options] of Object.entries({
      'first.bin': { uploadDataDuringCreation: true, chunkSize: megabyte },
      'deferred.bin': { uploadLengthDeferred: true, chunkSize: megabyte },
      'tunnelled.bin': { overridePatchMethod: true },
    })) {
      const metadata = { parentId, filename }
      const id = await startTusUpload(bytes, { caller: ada, metadata, ...options }).done
      assert.ok(await isHeld(ada, id, bytes), filename)
    }
  })

  test('of a text become a live text, and of nothing an empty one', async () => {
    const parentId = await newFolder(ada, 'texts')
    for (const [filename, text] of [
      ['notes.md', '# Notes\n\nwritten by tus\n'],
      ['empty.md', ''],
    ] as const) {
      const metadata = { parentId, filename }
      await startTusUpload(Buffer.from(text), { caller: ada, metadata }).done
      const { items } = await ada.get<{ items: Node[] }>(`/nodes/${parentId}/children`)
      const node = items.find(({ name }) => name === filename)
      assert.equal(node?.kind, 'text')
      assert.equal(await ada.text(`/nodes/${node.id}/content`), text)
    }
  })

  test('have the mode that they name: executable, or a link that is never a text', async () => {
    const parentId = await newFolder(ada, 'modes')
    for (const [filename, mode, words] of [
      ['run', 'executable', '#!/bin/sh\n'],
      ['link.md', 'symlink', '../notes.md'],
    ] as const) {
      const metadata = { parentId, filename, mode }
      const id = await startTusUpload(Buffer.from(words), { caller: ada, metadata }).done
      const node = await ada.get<Node>(`/nodes/${id}`)
      assert.deepEqual([node.kind, node.mode], [mode === 'symlink' ? 'blob' : 'text', mode])
      assert.equal(await ada.text(`/nodes/${id}/content`), words)
    }
    const metadata = { parentId, filename: 'none', mode: 'symlink' }
    await assert.rejects(
      startTusUpload(Buffer.from('a\0'), { caller: ada, metadata }).done,
      /invalid_link/,
    )
  })

  test('under a name that is taken get a free one, or the file that is named', async () => {
    const parentId = await newFolder(ada, 'names')
    const caller = ada
    const [first, second, third] = [1, 2, 3].map((n) => film.subarray(n, n + megabyte))
    assert.ok(first && second && third)
    const metadata = { parentId, filename: 'a.bin' }
    const id = await startTusUpload(first, { caller, metadata }).done
    await startTusUpload(second, { caller, metadata }).done
    assert.deepEqual(await listNames(ada, parentId), ['a (2).bin', 'a.bin'].toSorted())
    await assert.rejects(
      startTusUpload(third, { caller, metadata: { ...metadata, ifTaken: 'fail' } }).done,
      /name_taken/,
    )
    const node = await ada.get<Node>(`/nodes/${id}`)
    const replacing = { nodeId: node.id, ifMatch: `"${node.sha256}"` }
    assert.equal(await startTusUpload(third, { caller, metadata: replacing }).done, id)
    assert.ok(await isHeld(ada, id, third))
    const { items } = await ada.get<{ items: unknown[] }>(`/nodes/${id}/versions`)
    assert.equal(items.length, 2)
  })

  test('of an id make one file, however often they are begun', async () => {
    const parentId = await newFolder(ada, 'named')
    const id = '0190b0e8-6a1c-7000-8000-00000000f11e'
    const bytes = film.subarray(0, megabyte)
    const metadata = { parentId, filename: 'film.bin', id, ifTaken: 'fail' }
    for (let times = 0; times < 2; times++)
      assert.equal(await startTusUpload(bytes, { caller: ada, metadata }).done, id)
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    const known = { 'upload-metadata': encode({ ...metadata, sha256 }) }
    const answer = await post(ada, { ...known, 'upload-length': String(bytes.length) })
    assert.equal(answer.headers.get('cloudsync-node-id'), id)
    assert.deepEqual(await listNames(ada, parentId), ['film.bin'])
    const other = startTusUpload(film.subarray(0, 2), { caller: ada, metadata })
    await assert.rejects(other.done, /id_taken/)
  })

  test('over a live text are merged into it', async () => {
    const parentId = await newFolder(ada, 'merged')
    const { id: nodeId } = await ada.post<Node>('/nodes', { parentId, name: 'a.md', kind: 'text' })
    await ada.put(`/nodes/${nodeId}/content`, 'one\ntwo\nthree\n')
    const base = (await ada.send('GET', `/nodes/${nodeId}/content`)).headers.get('etag')
    await ada.put(`/nodes/${nodeId}/content`, 'one\ntwo\nthree and more\n')
    const metadata = { nodeId, ifMatch: base ?? '' }
    await startTusUpload(Buffer.from('ONE\ntwo\nthree\n'), { caller: ada, metadata }).done
    assert.equal(await ada.text(`/nodes/${nodeId}/content`), 'ONE\ntwo\nthree and more\n')
  })

  test('that are terminated are gone', async () => {
    const parentId = await newFolder(ada, 'terminated')
    const reached = Promise.withResolvers<void>()
    const { client } = startTusUpload(film, {
      caller: ada,
      metadata: { parentId, filename: 'film.bin' },
      chunkSize: 4 * megabyte,
      onChunkComplete: () => reached.resolve(),
    })
    await reached.promise
    await client.abort()
    assert.ok(client.url)
    const headers = { authorization: `Bearer ${ada.accessToken}` }
    await Upload.terminate(client.url, { headers, retryDelays: null })
    const answer = await fetch(client.url, {
      method: 'HEAD',
      headers: { ...headers, 'tus-resumable': '1.0.0' },
    })
    assert.equal(answer.status, 404)
    assert.deepEqual(await listNames(ada, parentId), [])
  })
})
