import type { Role } from '@cloudsync/protocol'
import {
  greaterRole,
  greatestRole,
  noPermissions,
  setOfRole,
  type PermissionSet,
} from './permission-set.ts'

/** A grant as the decision sees it. Subjects are ids of people, groups and links, which are never equal. */
export interface PathGrant {
  readonly id: string
  readonly kind: 'user' | 'group' | 'link'
  readonly subjectId: string
  readonly permissions: PermissionSet
  /** What it counts as. */
  readonly role: Role
  /** `null`: an account that is gone. */
  readonly makerId: string | null
  readonly expiresAtMs: number | null
}

export interface PathNode {
  readonly id: string
  /** `false`: a private folder. */
  readonly inherits: boolean
  readonly grants: readonly PathGrant[]
}

export interface DecisionInput {
  /** From the root of the space down to the node. */
  readonly path: readonly PathNode[]
  readonly nowMs: number
  /** The person or link with their groups; also asked for each maker of a grant. */
  readonly subjectsOf: (id: string) => ReadonlySet<string>
}

/** A grant that counts on a node, with what is left of it. */
export interface CountingGrant {
  readonly grant: PathGrant
  readonly nodeId: string
  permissions: PermissionSet
}

export interface Decision {
  readonly permissions: PermissionSet
  /** `undefined` when nothing is permitted. */
  readonly role: Role | undefined
  readonly sources: readonly CountingGrant[]
}

/**
 * Which grants count on the last node of a path, and how much of each.
 *
 * - A grant counts on its node and below, down to a private folder, and while it has not expired. The
 *   owners of a space, by a grant on its root, count everywhere.
 * - Grants to people and groups on the root make them members. They are the space's own: they count in
 *   full until they are taken back.
 * - Every other grant is a share, and so is every link. It is never more than its maker has now, on its
 *   node. Two people who have shared with each other hold each other up with nothing.
 * - Whoever makes a folder private keeps it by a grant to themselves, on that folder: it is never more
 *   than they have in the folder above.
 */
export function countingGrants({ path, nowMs, subjectsOf }: DecisionInput): CountingGrant[] {
  let counting: CountingGrant[] = []
  for (let from = 0; from < path.length;) {
    const next = path.findIndex((node, index) => index > from && !node.inherits)
    const to = next === -1 ? path.length : next
    counting = countZone({ path, nowMs, subjectsOf }, from, to, counting)
    from = to
  }
  return counting
}

/** What somebody may do where these grants count. */
export function decide(
  counting: readonly CountingGrant[],
  subjects: ReadonlySet<string>,
): Decision {
  let permissions = noPermissions
  let role: Role | undefined
  const sources: CountingGrant[] = []
  for (const each of counting) {
    if (each.permissions === noPermissions || !subjects.has(each.grant.subjectId)) continue
    permissions |= each.permissions
    const isWhole = each.permissions === each.grant.permissions
    role = greaterRole(role, isWhole ? each.grant.role : greatestRole(each.permissions))
    sources.push(each)
  }
  return { permissions, role, sources }
}

interface ZoneGrant extends CountingGrant {
  readonly depth: number
}

/** The grants of the nodes `from`..`to - 1`, the first of which is the root or private. */
function countZone(
  { path, nowMs, subjectsOf }: DecisionInput,
  from: number,
  to: number,
  above: readonly CountingGrant[],
): CountingGrant[] {
  const zone: ZoneGrant[] = []
  const shares: ZoneGrant[] = []
  for (let depth = 0; depth < to; depth++) {
    if (depth > 0 && depth < from) continue
    const node = path[depth] as PathNode
    for (const grant of node.grants) {
      if (grant.expiresAtMs !== null && grant.expiresAtMs <= nowMs) continue
      const isMember = depth === 0 && grant.kind !== 'link'
      if (depth < from && !(isMember && grant.role === 'owner')) continue
      const permissions = isMember ? grant.permissions : noPermissions
      const counted = { grant, nodeId: node.id, depth, permissions }
      zone.push(counted)
      if (!isMember) shares.push(counted)
    }
  }
  // From nothing up, so that only what rests on a member counts in the end.
  for (let isSettled = false; !isSettled;) {
    isSettled = true
    for (const share of shares) {
      const { makerId } = share.grant
      if (makerId === null) continue
      const holders =
        share.depth === from && from > 0 && share.grant.subjectId === makerId
          ? above
          : zone.filter((each) => each.depth <= share.depth)
      const permissions = share.grant.permissions & sum(holders, subjectsOf(makerId))
      if (permissions === share.permissions) continue
      share.permissions = permissions
      isSettled = false
    }
  }
  return zone
}

function sum(counting: readonly CountingGrant[], subjects: ReadonlySet<string>): PermissionSet {
  let permissions = noPermissions
  for (const each of counting)
    if (subjects.has(each.grant.subjectId)) permissions |= each.permissions
  return permissions
}

/** When the next of these grants expires; `Infinity`: none does. */
export function nextExpiryMs(path: readonly PathNode[], nowMs: number): number {
  let next = Infinity
  for (const { grants } of path)
    for (const { expiresAtMs } of grants)
      if (expiresAtMs !== null && expiresAtMs > nowMs) next = Math.min(next, expiresAtMs)
  return next
}

/** What a built-in role permits, as a grant of it has it. */
export function grantedBy(role: Role, custom: PermissionSet | undefined): PermissionSet {
  return custom ?? setOfRole(role)
}
