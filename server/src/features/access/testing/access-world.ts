import {
  permissions,
  rolePermissions,
  roles,
  type Permission,
  type Role,
} from '@cloudsync/protocol'
import type { Random } from '@cloudsync/crdt/testing'

export interface WorldGrant {
  readonly id: string
  readonly nodeId: string
  readonly kind: 'user' | 'group' | 'link'
  readonly subjectId: string
  role: Role
  customRole: string | null
  readonly makerId: string
  expiresAtMs: number | null
}

export interface WorldNode {
  readonly id: string
  parentId: string | null
  inherits: boolean
}

/** A small space with people and groups, and random things that happen to who may do what in it. */
export class AccessWorld {
  readonly users = ['ada', 'bob', 'carol', 'dora', 'emil']
  readonly groups = new Map<string, Set<string>>([
    ['red', new Set()],
    ['blue', new Set()],
  ])
  readonly links = ['link-1']
  readonly nodes = new Map<string, WorldNode>()
  readonly grants = new Map<string, WorldGrant>()
  readonly customRoles = new Map<string, { permissions: Permission[]; countsAs: Role }>()
  nowMs = 1_000
  #count = 0
  readonly #random: Random

  constructor(random: Random, nodeCount = 8) {
    this.#random = random
    this.nodes.set('root', { id: 'root', parentId: null, inherits: true })
    for (let index = 1; index < nodeCount; index++) {
      const parentId = random.pick([...this.nodes.keys()])
      this.nodes.set(`node-${index}`, { id: `node-${index}`, parentId, inherits: true })
    }
    for (const name of ['odd', 'even']) this.customRoles.set(name, this.#newRole())
    this.#put('root', { kind: 'user', subjectId: 'ada' }, 'owner', null, 'ada')
  }

  /** Something happens; gives what, for whoever has to find out why a test fails. */
  step(): string {
    const random = this.#random
    const happening = random.pick([
      'grant',
      'grant',
      'grant',
      'grant',
      'revoke',
      'join',
      'leave',
      'move',
      'stop',
      'stop',
      'later',
      'edit role',
    ] as const)
    switch (happening) {
      case 'grant':
        return `${happening} ${this.#grant()}`
      case 'revoke': {
        const grants = [...this.grants.values()].filter(({ role }) => role !== 'owner')
        const grant = grants.length > 0 ? random.pick(grants) : undefined
        if (grant) this.grants.delete(keyOf(grant.nodeId, grant.subjectId))
        return `${happening} ${JSON.stringify(grant)}`
      }
      case 'join':
      case 'leave': {
        const name = random.pick([...this.groups.keys()])
        const user = random.pick(this.users)
        if (happening === 'join') this.groups.get(name)?.add(user)
        else this.groups.get(name)?.delete(user)
        return `${happening} ${name} ${user}`
      }
      case 'move':
        return `${happening} ${this.#move()}`
      case 'stop': {
        const node = random.pick([...this.nodes.values()].slice(1))
        node.inherits = !node.inherits
        const maker = random.pick(this.users)
        if (!node.inherits)
          this.#put(node.id, { kind: 'user', subjectId: maker }, 'manager', null, maker)
        return `${happening} ${JSON.stringify(node)} by ${maker}`
      }
      case 'later':
        this.nowMs += random.below(100)
        return `${happening} ${this.nowMs}`
      case 'edit role': {
        const name = random.pick([...this.customRoles.keys()])
        this.customRoles.set(name, this.#newRole())
        return `${happening} ${name}`
      }
    }
  }

  /** From the root down to the node. */
  pathTo(id: string): WorldNode[] {
    const path: WorldNode[] = []
    for (let node = this.nodes.get(id); node; node = this.nodes.get(node.parentId ?? ''))
      path.unshift(node)
    return path
  }

  subjectsOf(id: string): Set<string> {
    const groups = [...this.groups].flatMap(([name, members]) => (members.has(id) ? [name] : []))
    return new Set([id, ...groups])
  }

  permissionsOf({ role, customRole }: WorldGrant): readonly Permission[] {
    return customRole === null
      ? rolePermissions[role]
      : (this.customRoles.get(customRole)?.permissions ?? [])
  }

  #grant(): string {
    const random = this.#random
    const nodeId = random.pick([...this.nodes.keys()])
    const kind = random.pick(['user', 'user', 'user', 'group', 'link'] as const)
    const subjectId = random.pick(
      { user: this.users, group: [...this.groups.keys()], link: this.links }[kind],
    )
    const customRole = random.below(4) === 0 ? random.pick([...this.customRoles.keys()]) : null
    const role = customRole === null ? random.pick(roles.slice(0, -1)) : 'editor'
    const maker = random.pick(this.users)
    if (this.grants.get(keyOf(nodeId, subjectId))?.role === 'owner') return 'nothing'
    const grant = this.#put(nodeId, { kind, subjectId }, role, customRole, maker)
    if (random.below(4) === 0) grant.expiresAtMs = this.nowMs + random.below(200)
    return JSON.stringify(grant)
  }

  #put(
    nodeId: string,
    subject: Pick<WorldGrant, 'kind' | 'subjectId'>,
    role: Role,
    customRole: string | null,
    makerId: string,
  ): WorldGrant {
    const id = `grant-${(this.#count += 1)}`
    const grant = { id, nodeId, ...subject, role, customRole, makerId, expiresAtMs: null }
    this.grants.set(keyOf(nodeId, subject.subjectId), grant)
    return grant
  }

  #move(): string {
    const random = this.#random
    const node = random.pick([...this.nodes.values()].slice(1))
    const target = random.pick([...this.nodes.keys()])
    if (!this.pathTo(target).some(({ id }) => id === node.id)) node.parentId = target
    return JSON.stringify(node)
  }

  #newRole() {
    const some = permissions.slice(1, -1).filter(() => this.#random.below(2) === 0)
    return {
      permissions: ['node.read' as Permission, ...some],
      countsAs: this.#random.pick(roles.slice(0, -1)),
    }
  }
}

function keyOf(nodeId: string, subjectId: string): string {
  return `${nodeId} ${subjectId}`
}

/**
 * The rules, each permission by itself and as plainly as can be: somebody has it on a node when a chain of
 * grants leads from them to a member of the space, each made by who has the next, and none twice.
 */
export function holds(
  world: AccessWorld,
  id: string,
  nodeId: string,
  permission: Permission,
  used: ReadonlySet<string> = new Set(),
): boolean {
  const subjects = world.subjectsOf(id)
  return countingOn(world, nodeId).some((grant) => {
    if (used.has(grant.id) || !subjects.has(grant.subjectId)) return false
    if (!world.permissionsOf(grant).includes(permission)) return false
    const node = world.nodes.get(grant.nodeId)
    if (node?.parentId === null && grant.kind !== 'link') return true
    const isKept = node?.inherits === false && grant.subjectId === grant.makerId
    const from = isKept ? (node.parentId ?? '') : grant.nodeId
    return holds(world, grant.makerId, from, permission, new Set([...used, grant.id]))
  })
}

/** The grants that count on a node, whatever is left of them. */
function countingOn(world: AccessWorld, nodeId: string): WorldGrant[] {
  const zone = new Set<string>()
  let at: string | null = nodeId
  while (at !== null) {
    zone.add(at)
    const node: WorldNode | undefined = world.nodes.get(at)
    at = node?.inherits === true ? node.parentId : null
  }
  return [...world.grants.values()].filter(
    ({ nodeId: on, role, kind, expiresAtMs }) =>
      (zone.has(on) || (on === 'root' && role === 'owner' && kind === 'user')) &&
      (expiresAtMs === null || world.nowMs < expiresAtMs),
  )
}
