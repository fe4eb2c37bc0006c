import { patchNodeRequestSchema, type NodeId } from '@cloudsync/protocol'
import { endpoint, json } from '#platform/http/endpoint.ts'
import { ProblemError } from '#platform/problem-error.ts'
import type { FilesContext } from '../files-context.ts'
import { isNameTaken, requireName } from '../nodes/name-problems.ts'
import type { NodeRow } from '../nodes/node-reader.ts'
import { changeNodes } from '../nodes/node-writer.ts'
import { presentNode } from '../nodes/present-node.ts'
import { nodeParams } from './schemas.ts'

/** Renames a node. */
export function patchNode({ access, db, clock, people }: FilesContext) {
  return endpoint({
    method: 'patch',
    path: '/nodes/:id',
    access: 'user',
    params: nodeParams,
    body: patchNodeRequestSchema,
    async handle({ caller, params, body }) {
      await access.requireNode(caller.userId, params.id, 'edit')
      if (body.name !== undefined) requireName(body.name)
      try {
        const renamed = await changeNodes(db, clock, async (writer) => {
          const row = await writer.lock(params.id)
          requirePatchable(row, body.parentId)
          const name = body.name ?? row.name
          return name === row.name ? row : writer.rename(row, name, caller.userId)
        })
        return json(await presentNode(renamed, people))
      } catch (error) {
        throw isNameTaken(error) ? new ProblemError('name_taken', { cause: error }) : error
      }
    },
  })
}

function requirePatchable(row: NodeRow, parentId: NodeId | undefined): void {
  if (row.trashed_at !== null) throw new ProblemError('trashed')
  if (row.parent_id === null)
    throw new ProblemError('bad_request', { detail: 'The root folder has the name of its space' })
  if (parentId !== undefined && parentId !== row.parent_id)
    throw new ProblemError('bad_request', {
      detail: 'A file cannot be moved to another folder yet',
    })
}
