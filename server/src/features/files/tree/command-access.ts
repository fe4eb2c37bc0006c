import type { NodeId, Permission, UserId } from '@cloudsync/protocol'
import { may, type Access, type NodeAccess } from '#features/access/index.ts'
import type { Database } from '#platform/db/database.ts'
import { ProblemError } from '#platform/problem-error.ts'
import { namedIds, type TreeCommand } from './tree-command.ts'

interface Parts {
  readonly db: Database
  readonly access: Access
}

type Found = ReadonlyMap<NodeId, NodeAccess>

/**
 * What somebody may do with the nodes that a request is about, and with the folders that these lie in: asked for
 * all of them at once, so that a thousand commands cost hardly more than one, whatever comes of them.
 */
export class CommandAccess {
  readonly #parts: Parts
  readonly #userId: UserId
  readonly #ids: ReadonlySet<NodeId>
  readonly #remembered: Found
  #present: Promise<Found> | undefined
  readonly #others = new Map<string, Promise<NodeAccess>>()

  static async open(
    parts: Parts,
    userId: UserId,
    commands: readonly TreeCommand[],
  ): Promise<CommandAccess> {
    const ids = new Set(commands.flatMap(namedIds))
    const nodes = await parts.access.listAccess(userId, [...ids])
    for (const { parentId } of nodes.values()) if (parentId !== null) ids.add(parentId)
    const folderIds = [...ids].filter((id) => !nodes.has(id))
    const folders = await parts.access.listAccess(userId, folderIds)
    return new CommandAccess(parts, userId, ids, new Map([...nodes, ...folders]))
  }

  private constructor(parts: Parts, userId: UserId, ids: ReadonlySet<NodeId>, remembered: Found) {
    this.#parts = parts
    this.#userId = userId
    this.#ids = ids
    this.#remembered = remembered
  }

  /** Throws as `Access.requireNode`. */
  async require(id: NodeId, permission: Permission): Promise<NodeAccess> {
    const remembered = this.#remembered.get(id)
    if (remembered && may(remembered, permission)) return remembered
    if (!this.#ids.has(id)) return this.#requireOther(id, permission)
    // What is remembered can only say yes; before a no, the database is asked, once for all.
    this.#present ??= this.#readAll()
    const found = (await this.#present).get(id)
    if (!found) throw new ProblemError('not_found')
    if (!may(found, permission)) throw new ProblemError('forbidden')
    return found
  }

  #readAll(): Promise<Found> {
    const { access, db } = this.#parts
    return access.listAccessIn(db.kysely, this.#userId, [...this.#ids])
  }

  /** Asked once per node and request. */
  #requireOther(id: NodeId, permission: Permission): Promise<NodeAccess> {
    const key = `${id} ${permission}`
    const asked =
      this.#others.get(key) ?? this.#parts.access.requireNode(this.#userId, id, permission)
    this.#others.set(key, asked)
    return asked
  }
}
