import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import type {
  BulkResponse,
  Changes,
  Node,
  NodeId,
  Page,
  Snapshot,
  SyncNode,
} from '@cloudsync/protocol'
import { v7 as uuidv7 } from 'uuid'
import { findTreeFaults } from '../../../../testing/check-tree.ts'
import type { TestCaller } from '../../../../testing/test-caller.ts'
import { changeTree } from '../tree/change-tree.ts'
import type { TestFiles } from './open-test-files.ts'

interface Answer {
  readonly status: number
  readonly body: unknown
}

/** The tree of a space, through the eyes of one caller. */
export class TestTree {
  readonly server: TestFiles
  readonly caller: TestCaller
  readonly spaceId: string
  readonly rootId: string

  constructor(server: TestFiles, space: { id: string; rootId: string }, caller = server.ada) {
    this.server = server
    this.caller = caller
    this.spaceId = space.id
    this.rootId = space.rootId
  }

  static async open(server: TestFiles, members?: Record<string, string>): Promise<TestTree> {
    return new TestTree(server, await server.newSpace(members))
  }

  as(caller: TestCaller): TestTree {
    return new TestTree(this.server, { id: this.spaceId, rootId: this.rootId }, caller)
  }

  folder(name: string, parentId = this.rootId): Promise<string> {
    return this.#create(name, parentId, 'folder')
  }

  async text(name: string, parentId = this.rootId, content = ''): Promise<string> {
    const id = await this.#create(name, parentId, 'text')
    if (content !== '') await this.caller.put(`/nodes/${id}/content`, content)
    return id
  }

  /** A file of bytes, as its upload leaves it; no bytes are stored. */
  async blob(name: string, parentId = this.rootId): Promise<string> {
    const id = uuidv7() as NodeId
    const sha256 = createHash('sha256').update(id).digest()
    const { createdBy } = await this.node(parentId)
    assert.ok(createdBy)
    const { access, db, live, clock } = this.server
    const change = { folderIds: [parentId as NodeId], actorId: createdBy.id }
    await changeTree({ access, folders: live.folders, clock }, change, async (tree) => {
      const content = { sha256, size_bytes: 3, leased_until: clock.now() }
      await tree.tx.insertInto('contents').values(content).execute()
      const node = { id, parentId: parentId as NodeId, name, kind: 'blob' as const, sizeBytes: 3 }
      return tree.insert({ ...node, sha256, mediaType: 'image/png' }, 'fail')
    })
    await db.pool.query(
      `INSERT INTO versions (node_id, number, reason, sha256, size_bytes)
       VALUES ($1, 1, 'upload', $2, 3)`,
      [id, sha256],
    )
    return id
  }

  async #create(name: string, parentId: string, kind: string): Promise<string> {
    return (await this.caller.post<Node>('/nodes', { parentId, name, kind })).id
  }

  /** Sends JSON and gives the answer as it is. */
  async ask(method: string, path: string, body?: unknown, key?: string): Promise<Answer> {
    const answer = await this.caller.send(method, path, {
      headers: {
        accept: 'application/json',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(key === undefined ? {} : { 'idempotency-key': key }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await answer.text()
    return { status: answer.status, body: text === '' ? undefined : (JSON.parse(text) as unknown) }
  }

  /** The code of the problem that a request is answered with, or `ok`. */
  async code(method: string, path: string, body?: unknown, key?: string): Promise<string> {
    const { status, body: answer } = await this.ask(method, path, body, key)
    return status < 400 ? 'ok' : String((answer as { code?: unknown }).code)
  }

  node(id: string): Promise<Node> {
    return this.caller.get(`/nodes/${id}`)
  }

  move(id: string, parentId: string, more: object = {}): Promise<string> {
    return this.code('PATCH', `/nodes/${id}`, { parentId, ...more })
  }

  trash(id: string): Promise<string> {
    return this.code('DELETE', `/nodes/${id}`)
  }

  restore(id: string): Promise<string> {
    return this.code('POST', `/nodes/${id}/restore`)
  }

  purge(id: string): Promise<string> {
    return this.code('DELETE', `/trash/${id}`)
  }

  bulk(operations: readonly object[]): Promise<BulkResponse> {
    return this.caller.post('/nodes/bulk', { operations })
  }

  /** What came of each operation: `ok` or the code of its problem. */
  async bulkCodes(operations: readonly object[]): Promise<string[]> {
    const { results } = await this.bulk(operations)
    return results.map((result) => (result.ok ? 'ok' : result.problem.code))
  }

  async names(folderId = this.rootId): Promise<string[]> {
    const { items } = await this.caller.get<Page<Node>>(`/nodes/${folderId}/children?limit=1000`)
    return items.map(({ name }) => name)
  }

  async path(id: string): Promise<string> {
    const { items } = await this.caller.get<Page<Node>>(`/nodes/${id}/ancestors`)
    return [...items.slice(1), await this.node(id)].map(({ name }) => name).join('/')
  }

  changes(cursor: number | string = 0, limit = 1000): Promise<Changes> {
    return this.caller.get(`/spaces/${this.spaceId}/changes?cursor=${cursor}&limit=${limit}`)
  }

  /** The whole snapshot, page by page. */
  async snapshot({ folderId, limit = 1000 }: { folderId?: string; limit?: number } = {}) {
    const items: SyncNode[] = []
    let pages = 0
    let page: Snapshot | undefined
    do {
      const query = new URLSearchParams({ limit: String(limit) })
      if (folderId !== undefined) query.set('folderId', folderId)
      if (page?.nextCursor) query.set('cursor', page.nextCursor)
      page = await this.caller.get<Snapshot>(`/spaces/${this.spaceId}/snapshot?${query.toString()}`)
      items.push(...page.items)
      pages += 1
    } while (page.nextCursor !== null)
    return { ...page, items, pages }
  }

  async requireSound(): Promise<void> {
    assert.deepEqual(await findTreeFaults(this.server.db.kysely), [])
  }
}
