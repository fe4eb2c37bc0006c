import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { request as httpRequest } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { pathToFileURL } from 'node:url'
import { after, suite, test } from 'node:test'
import type { Node } from '@cloudsync/protocol'
import { startTestServer } from '../testing/test-server.ts'
import type { TestCaller } from '../testing/test-caller.ts'

const megabyte = 1024 * 1024
const sizeBytes = 300 * megabyte
const maxGrowthBytes = 200 * megabyte

suite('large files', () => {
  test('of 300 MB go in and out whole, in little memory', async (context) => {
    const directory = await mkdtemp(join(tmpdir(), 'cloudsync-large-'))
    after(() => rm(directory, { recursive: true, force: true }))
    const storageUrl = pathToFileURL(join(directory, 'blobs')).href
    await using server = await startTestServer({}, { STORAGE_URL: storageUrl, DATA_DIR: directory })
    const ada = server.admin
    const parentId = await ada.rootId()
    const { id } = await ada.post<Node>('/nodes', { parentId, name: 'film.bin', kind: 'blob' })
    const memory = watchMemory()

    const sent = createHash('sha256')
    const etag = await put(ada, id, () => {
      const chunk = randomBytes(megabyte)
      sent.update(chunk)
      return chunk
    })
    const sha256 = sent.digest('hex')
    assert.equal(etag, `"${sha256}"`)

    const got = await download(ada, id)
    assert.deepEqual(got, { status: 200, bytes: sizeBytes, sha256 })
    const tail = await download(ada, id, { range: 'bytes=-1000' })
    assert.deepEqual([tail.status, tail.bytes], [206, 1000])

    const grownBytes = memory.stop()
    context.diagnostic(`grown by ${Math.round(grownBytes / megabyte)} MB`)
    assert.ok(grownBytes < maxGrowthBytes, `grown by ${grownBytes} bytes`)
  })
})

/** The most that this process, which is server and client in one, grows by. */
function watchMemory() {
  const beginBytes = process.memoryUsage.rss()
  let mostBytes = beginBytes
  const timer = setInterval(() => (mostBytes = Math.max(mostBytes, process.memoryUsage.rss())), 20)
  return {
    stop() {
      clearInterval(timer)
      return mostBytes - beginBytes
    },
  }
}

function open(caller: TestCaller, id: string, method: string, headers = {}) {
  return httpRequest(`${caller.url}/api/v1/nodes/${id}/content`, {
    method,
    headers: { authorization: `Bearer ${caller.accessToken}`, ...headers },
  })
}

async function put(caller: TestCaller, id: string, next: () => Buffer) {
  const request = open(caller, id, 'PUT')
  const answered = new Promise<string | undefined>((resolve, reject) => {
    request.on('response', (response) => {
      response.resume()
      if (response.statusCode === 200) resolve(response.headers.etag)
      else reject(new Error(`answered ${response.statusCode}`))
    })
    request.on('error', reject)
  })
  const chunks = function* () {
    for (let left = sizeBytes; left > 0; left -= megabyte) yield next()
  }
  await pipeline(Readable.from(chunks()), request)
  return answered
}

function download(caller: TestCaller, id: string, headers = {}) {
  return new Promise<{ status: number | undefined; bytes: number; sha256: string }>(
    (resolve, reject) => {
      const request = open(caller, id, 'GET', headers)
      request.on('error', reject)
      request.on('response', (response) => {
        const hash = createHash('sha256')
        let bytes = 0
        response.on('data', (chunk: Buffer) => {
          hash.update(chunk)
          bytes += chunk.length
        })
        response.on('error', reject)
        response.on('end', () =>
          resolve({ status: response.statusCode, bytes, sha256: hash.digest('hex') }),
        )
      })
      request.end()
    },
  )
}
