import {
  type GrantId,
  type NodeAccessReport,
  type NodeId,
  nodeAccessSchema,
} from '@cloudsync/protocol'
import { endpoint, json } from '#platform/http/endpoint.ts'
import { ProblemError } from '#platform/problem-error.ts'
import { readAccess } from '../access-reader.ts'
import { listPermissions } from '../permission-set.ts'
import { nodeParams, type AccessRoutesContext } from './access-routes-context.ts'

/** What the caller may do with a node, and from which grants. */
export function getNodeAccess({ access, clock, db }: AccessRoutesContext) {
  return endpoint({
    summary: 'What the caller may do with a node, and why',
    answers: { 200: nodeAccessSchema },
    problems: ['not_found'],
    method: 'get',
    path: '/nodes/:id/access',
    access: 'user',
    needs: { node: 'node.read', of: 'params.id' },
    params: nodeParams,
    async handle({ caller, params }) {
      const found = (await readAccess(db.kysely, caller.userId, [params.id], clock.now())).get(
        params.id,
      )
      if (!found) throw new ProblemError('not_found')
      const { sources } = found.decision
      const on = sources.map(({ nodeId }) => nodeId as NodeId)
      const readable = await access.listAccess(caller.userId, on)
      return json({
        nodeId: params.id,
        role: found.access.role,
        permissions: listPermissions(found.access.permissions),
        inherits: found.inherits,
        sources: sources.map(({ grant, nodeId, permissions }) => ({
          grantId: grant.id as GrantId,
          nodeId: readable.has(nodeId as NodeId) ? (nodeId as NodeId) : null,
          subject: grant.kind,
          role: grant.role,
          permissions: listPermissions(permissions),
          expiresAt: grant.expiresAtMs === null ? null : new Date(grant.expiresAtMs).toISOString(),
        })),
      } satisfies NodeAccessReport)
    },
  })
}
