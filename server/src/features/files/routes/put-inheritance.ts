import { putInheritanceRequestSchema, nodeSchema } from '@cloudsync/protocol'
import { keepForMaker, may } from '#features/access/index.ts'
import { endpoint, json } from '#platform/http/endpoint.ts'
import { ProblemError } from '#platform/problem-error.ts'
import type { FilesContext } from '../files-context.ts'
import { changeNodes } from '../nodes/node-writer.ts'
import { presentNode } from '../nodes/present-node.ts'
import { nodeParams } from './schemas.ts'

/**
 * Makes a folder private, or lets count in it again what is granted above. Whoever makes it private keeps it, the
 * owners of the space do, and who has a grant on it or below.
 */
export function putInheritance({ access, clock, db, people }: FilesContext) {
  return endpoint({
    summary: 'Make a folder private, or let it inherit again',
    answers: { 200: nodeSchema },
    problems: ['not_found', 'forbidden', 'trashed'],
    method: 'put',
    path: '/nodes/:id/inheritance',
    access: 'user',
    scope: 'spaces:manage',
    needs: { node: 'node.manage', of: 'params.id' },
    params: nodeParams,
    body: putInheritanceRequestSchema,
    async handle({ caller, params, body }) {
      const { inherits } = body
      const { spaceId } = await access.requireNode(caller.userId, params.id, 'node.manage')
      const row = await changeNodes(db, clock, async (writer) => {
        const found = await writer.lock(params.id)
        if (found.kind !== 'folder' || found.parent_id === null)
          throw new ProblemError('bad_request', { detail: 'Only a folder in a space is private' })
        if (found.inherits === inherits) return found
        const { tx } = writer
        const mine = (await access.listAccessIn(tx, caller.userId, [params.id])).get(params.id)
        if (!mine || !may(mine, 'node.manage')) throw new ProblemError('forbidden')
        if (mine.isTrashed) throw new ProblemError('trashed')
        const changed = await writer.update(found, { inherits })
        // Owners need no grant, and would not keep it when they are owners no more.
        if (!inherits && !may(mine, 'space.own'))
          await keepForMaker(tx, { nodeId: params.id, spaceId: found.space_id }, caller.userId)
        if (inherits) writer.feed.arrive(found.id)
        const type = inherits ? 'folder.opened' : 'folder.made_private'
        writer.note(changed, type, caller.userId, { parentId: changed.parent_id })
        return changed
      })
      access.notifyAccessChanged({ spaceId })
      return json(await presentNode(row, people))
    },
  })
}
