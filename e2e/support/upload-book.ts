import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import type { TestCaller } from '@cloudsync/server/testing'

/** What one person has sent to one file. */
interface SentFile {
  readonly kind: 'text' | 'blob'
  /** SHA-256 of each content that was sent, in order. */
  readonly sent: string[]
  /** Of each that was acknowledged. */
  readonly acknowledged: string[]
}

/** What was uploaded, and what the server said of it, to hold against what it has. */
export class UploadBook {
  readonly #files = new Map<string, SentFile>()

  get fileIds(): readonly string[] {
    return [...this.#files.keys()]
  }

  get acknowledgedCount(): number {
    return [...this.#files.values()].reduce((sum, file) => sum + file.acknowledged.length, 0)
  }

  get cutCount(): number {
    return [...this.#files.values()].filter(
      ({ sent, acknowledged }) => sent.length > acknowledged.length,
    ).length
  }

  sending(id: string, kind: SentFile['kind'], bytes: Uint8Array): void {
    const file = this.#files.get(id) ?? { kind, sent: [], acknowledged: [] }
    file.sent.push(sha256(bytes))
    this.#files.set(id, file)
  }

  acknowledge(id: string): void {
    const { sent, acknowledged } = this.#file(id)
    acknowledged.push(sent.at(-1) ?? '')
  }

  /** The file holds what was acknowledged last, or what was on its way then; all that is kept is whole. */
  async check(caller: TestCaller, id: string): Promise<void> {
    const { kind, sent, acknowledged } = this.#file(id)
    const answer = await caller.send('GET', `/nodes/${id}/content`)
    if (answer.status === 404 && acknowledged.length === 0) return
    assert.equal(answer.status, 200, `${id}: ${acknowledged.length} uploads were acknowledged`)
    const held = sha256(new Uint8Array(await answer.arrayBuffer()))
    const last = sent.slice(Math.max(0, acknowledged.length - 1))
    assert.ok(last.includes(held), `${id} holds what was never sent, or was replaced`)
    if (kind === 'blob') await this.#checkVersions(caller, id)
  }

  async #checkVersions(caller: TestCaller, id: string): Promise<void> {
    const { sent, acknowledged } = this.#file(id)
    const { items } = await caller.get<{ items: { number: number; sha256: string }[] }>(
      `/nodes/${id}/versions?limit=100`,
    )
    const kept = new Set(items.map((version) => version.sha256))
    for (const hash of acknowledged) assert.ok(kept.has(hash), `${id} lacks an acknowledged upload`)
    for (const { number, sha256: named } of items) {
      const answer = await caller.send('GET', `/nodes/${id}/versions/${number}/content`)
      assert.equal(sha256(new Uint8Array(await answer.arrayBuffer())), named, `${id} v${number}`)
      assert.ok(sent.includes(named), `${id} v${number} was never sent`)
    }
  }

  #file(id: string): SentFile {
    const file = this.#files.get(id)
    assert.ok(file, `${id} was never sent`)
    return file
  }
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
