import { diffQuerySchema, versionDiffSchema } from '@cloudsync/protocol'
import { endpoint, json } from '#platform/http/endpoint.ts'
import { requireTextFile } from '../content/text-format.ts'
import { requireText, type FilesContext } from '../files-context.ts'
import { readProblems, versionParams } from './schemas.ts'

/** What changed from a version to another, or to the text as it is now. */
export function getVersionDiff(context: FilesContext) {
  const { comparer, texts, versions } = context
  return endpoint({
    summary: 'What changed from a version to another, or to the present text',
    answers: { 200: versionDiffSchema },
    problems: [...readProblems, 'not_text', 'too_large'],
    method: 'get',
    path: '/nodes/:id/versions/:number/diff',
    access: 'user',
    needs: { node: 'node.read', of: 'params.id' },
    params: versionParams,
    query: diffQuerySchema,
    limit: { requests: 120, windowSeconds: 60 },
    async handle({ caller, params, query }) {
      await requireText(context, caller.userId, params.id, 'node.read')
      const from = await versions.get(params.id, params.number)
      const to = query.to === undefined ? undefined : await versions.get(params.id, query.to)
      const oldText = requireTextFile(await versions.read(from), 'open').text
      const newText = to
        ? requireTextFile(await versions.read(to), 'open').text
        : (await texts.read(params.id)).text
      return json(await comparer.diffLines(oldText, newText))
    },
  })
}
