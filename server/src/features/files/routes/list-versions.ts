import { type Page, pageSchema, type Version, versionSchema } from '@cloudsync/protocol'
import { endpoint, json } from '#platform/http/endpoint.ts'
import { pageOf } from '#platform/http/lists/page-of.ts'
import type { FilesContext } from '../files-context.ts'
import { presentVersions } from '../versions/present-version.ts'
import { nodeParams, versionPageQuery } from './schemas.ts'

/** The versions of a file, the newest first. */
export function listVersions({ access, versions, people }: FilesContext) {
  return endpoint({
    summary: 'The versions of a file, the newest first',
    answers: { 200: pageSchema(versionSchema) },
    problems: ['not_found'],
    method: 'get',
    path: '/nodes/:id/versions',
    access: 'user',
    needs: { node: 'node.read', of: 'params.id' },
    params: nodeParams,
    query: versionPageQuery,
    async handle({ caller, params, query }) {
      await access.requireNode(caller.userId, params.id, 'node.read')
      const { cursor: before, limit } = query
      const found = await versions.list(params.id, { before, limit: limit + 1 })
      const { items: page, nextCursor } = pageOf(found, limit, ({ number }) => String(number))
      const items = await presentVersions(page, people)
      return json({ items, nextCursor } satisfies Page<Version>)
    },
  })
}
