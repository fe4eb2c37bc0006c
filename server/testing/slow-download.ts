import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import type { Node } from '@cloudsync/protocol'
import { waitUntil } from './stock-clients.ts'
import type { TestCaller } from './test-caller.ts'

/** More than fits into the buffers between, and takes many seconds in the pieces that are read at a time. */
const sizeBytes = 48 * 1024 * 1024

/** Somebody who reads a large file, so slowly that it is under way for as long as a test may take to end it. */
export class SlowDownload {
  readonly #response: IncomingMessage

  private constructor(response: IncomingMessage) {
    this.#response = response
  }

  static async makeFile(owner: TestCaller, parentId: string): Promise<Node> {
    const answer = await owner.upload(
      { parentId, name: 'large.bin' },
      new Uint8Array(randomBytes(sizeBytes)),
    )
    assert.equal(answer.status, 201, await answer.clone().text())
    return (await answer.json()) as Node
  }

  /** Resolves when the first bytes are there. */
  static async start(reader: TestCaller, nodeId: string): Promise<SlowDownload> {
    const request = get(`${reader.url}/api/v1/nodes/${nodeId}/content`, {
      headers: { authorization: `Bearer ${reader.accessToken}` },
    })
    request.on('error', () => undefined)
    const [response] = (await once(request, 'response')) as [IncomingMessage]
    response.on('error', () => undefined)
    assert.equal(response.statusCode, 200)
    return new SlowDownload(response)
  }

  /** Resolves when the connection has ended; what lies in the buffers between comes all the same. */
  async assertCutOff(): Promise<void> {
    const response = this.#response
    await waitUntil('the download has ended', () => {
      response.read()
      return response.closed
    })
    assert.ok(!response.complete, 'all of it has come')
  }
}
