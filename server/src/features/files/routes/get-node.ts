import { nodeSchema } from '@cloudsync/protocol'
import { endpoint, json } from '#platform/http/endpoint.ts'
import type { FilesContext } from '../files-context.ts'
import { presentNode } from '../nodes/present-node.ts'
import { nodeParams } from './schemas.ts'

export function getNode({ access, nodes, people }: FilesContext) {
  return endpoint({
    summary: 'A node',
    answers: { 200: nodeSchema },
    problems: ['not_found'],
    method: 'get',
    path: '/nodes/:id',
    access: 'user',
    needs: { node: 'node.read', of: 'params.id' },
    params: nodeParams,
    async handle({ caller, params }) {
      await access.requireNode(caller.userId, params.id, 'node.read')
      return json(await presentNode(await nodes.get(params.id), people))
    },
  })
}
