import type { NodeId, UserId } from '@cloudsync/protocol'
import type { Facts, GrantFacts, NodeFacts } from './access-facts.ts'
import {
  countingGrants,
  decide,
  grantedBy,
  nextExpiryMs,
  type Decision,
  type PathGrant,
  type PathNode,
} from './decide.ts'
import { permissionSet } from './permission-set.ts'

/** What holds on a node, and until when nothing expires that counted. */
export interface Standing {
  readonly decision: Decision
  readonly validUntilMs: number
}

/** What was found, decided node by node. Most have what their folder has, and that is decided once. */
export class Standings {
  readonly #userId: UserId
  readonly #nowMs: number
  readonly #nodes: ReadonlyMap<NodeId, NodeFacts>
  readonly #grants: ReadonlyMap<NodeId, readonly PathGrant[]>
  readonly #groups: ReadonlyMap<string, Facts['memberships']>
  readonly #subjects = new Map<string, ReadonlySet<string>>()
  readonly #standings = new Map<NodeId, Standing>()

  constructor(facts: Facts, userId: UserId, nowMs: number) {
    this.#userId = userId
    this.#nowMs = nowMs
    this.#nodes = new Map(facts.nodes.map((node) => [node.id, node]))
    this.#grants = Map.groupBy(facts.grants.map(pathGrant), ({ nodeId }) => nodeId)
    this.#groups = Map.groupBy(facts.memberships, ({ userId: member }) => member)
  }

  of(node: NodeFacts): Standing {
    const known = this.#standings.get(node.id)
    if (known) return known
    const folder = this.#folderOf(node)
    const isAsFolder = folder && node.inherits && !this.#grants.has(node.id)
    const standing = isAsFolder ? this.of(folder) : this.#decide(node)
    this.#standings.set(node.id, standing)
    return standing
  }

  isTrashed(node: NodeFacts): boolean {
    return this.#pathTo(node).some(({ isTrashed }) => isTrashed)
  }

  #decide(node: NodeFacts): Standing {
    const path = this.#pathTo(node).map(({ id, inherits }): PathNode => ({
      id,
      inherits,
      grants: this.#grants.get(id) ?? [],
    }))
    const subjectsOf = (id: string) => this.#subjectsOf(id)
    const counting = countingGrants({ path, nowMs: this.#nowMs, subjectsOf })
    return {
      decision: decide(counting, subjectsOf(this.#userId)),
      validUntilMs: nextExpiryMs(path, this.#nowMs),
    }
  }

  #subjectsOf(id: string): ReadonlySet<string> {
    const known = this.#subjects.get(id)
    if (known) return known
    const found = new Set([id, ...(this.#groups.get(id) ?? []).map(({ groupId }) => groupId)])
    this.#subjects.set(id, found)
    return found
  }

  #folderOf({ parentId }: NodeFacts): NodeFacts | undefined {
    return parentId === null ? undefined : this.#nodes.get(parentId)
  }

  /** From the root down. */
  #pathTo(node: NodeFacts): NodeFacts[] {
    const path: NodeFacts[] = []
    // A circle cannot come of one statement. Two bounds are better than one.
    for (
      let at: NodeFacts | undefined = node;
      at && path.length <= this.#nodes.size;
      at = this.#folderOf(at)
    )
      path.push(at)
    return path.reverse()
  }
}

function pathGrant({ permissions, role, ...grant }: GrantFacts): PathGrant & { nodeId: NodeId } {
  const custom = permissions === null ? undefined : permissionSet(permissions)
  return { ...grant, role, permissions: grantedBy(role, custom) }
}
