import { createHash } from 'node:crypto'
import type { CloudSyncClient, NodeId, SyncNode } from '@cloudsync/client'
import type { ServerContents } from './written-contents.ts'

/** Of the database of the server. */
export interface Rows {
  query(sql: string, values: unknown[]): Promise<{ rows: unknown[] }>
}

/** The first space of somebody, as the server has it. */
export class ServerFolder {
  readonly #client: CloudSyncClient

  constructor(client: CloudSyncClient) {
    this.#client = client
  }

  /** All that is not in the trash, by its path. */
  async list(): Promise<Map<string, SyncNode>> {
    const [space] = await this.#client.spaces.list().all()
    if (!space) throw new Error('There is no space')
    const byId = new Map<NodeId, SyncNode>()
    for await (const page of this.#client.changes.snapshot(space.id))
      for (const node of page.items) byId.set(node.id, node)
    const byPath = new Map<string, SyncNode>()
    for (const node of byId.values()) {
      const names = [node.name]
      for (let at = node.parentId; at !== null && at !== space.rootId;) {
        const parent = byId.get(at)
        names.unshift(parent?.name ?? '?')
        at = parent?.parentId ?? null
      }
      if (node.id !== space.rootId) byPath.set(names.join('/'), node)
    }
    return byPath
  }

  /** As `hashFolder` of a folder that is in step. */
  async hash(): Promise<Map<string, string>> {
    const found = new Map<string, string>()
    for (const [path, { id, kind, sha256 }] of await this.list())
      if (kind === 'folder') found.set(path, kind)
      else found.set(path, sha256 ?? sha256Of(await this.#client.content.bytes(id)))
    return found
  }

  async readContents(database: Rows): Promise<ServerContents> {
    const nodes = await this.list()
    const texts = new Map<string, string>()
    for (const [path, { id, kind }] of nodes)
      if (kind === 'text') texts.set(path, await this.#client.content.text(id))
    return { kept: await listKept([...nodes.values()], database), texts }
  }
}

/** SHA-256 of all that files hold and held; not of what files in the trash held when they were deleted. */
async function listKept(visible: readonly SyncNode[], database: Rows): Promise<Set<string>> {
  const { rows } = await database.query(
    `SELECT DISTINCT encode(v.sha256, 'hex') AS hash FROM versions v JOIN nodes n ON n.id = v.node_id
      WHERE n.id = ANY($1) OR v.sha256 IS DISTINCT FROM n.sha256`,
    [visible.map(({ id }) => id)],
  )
  return new Set(rows.map((row) => (row as { hash: string }).hash))
}

function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
