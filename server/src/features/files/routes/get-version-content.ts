import { sha256FromBytes } from '@cloudsync/storage'
import { endpoint } from '#platform/http/endpoint.ts'
import { detectMediaType } from '../content/media-type.ts'
import { sendContent } from '../content/send-content.ts'
import { requireFile, type FilesContext } from '../files-context.ts'
import { readProblems, versionParams } from './schemas.ts'

/** The bytes of a version (and HEAD). They never change. */
export function getVersionContent(context: FilesContext) {
  const { nodes, versions, versionContents } = context
  return endpoint({
    summary: 'The bytes of a version',
    answers: { 200: 'bytes', 206: 'bytes', 304: 'empty' },
    problems: readProblems,
    heeds: ['range', 'if-range', 'if-none-match'],
    method: 'get',
    path: '/nodes/:id/versions/:number/content',
    access: 'user',
    needs: { node: 'node.read', of: 'params.id' },
    params: versionParams,
    limit: 'transfer',
    async handle({ caller, params, raw }) {
      const file = await requireFile(context, caller.userId, params.id, 'node.read')
      const version = await versions.get(params.id, params.number)
      const { name } = await nodes.get(params.id)
      const sha256 = sha256FromBytes(version.sha256)
      const content = {
        sizeBytes: version.size_bytes,
        etag: sha256,
        name,
        mediaType: await detectMediaType(await versionContents.readHead(version), name),
        open: (range: Parameters<typeof versionContents.open>[1]) =>
          versionContents.open(sha256, range),
      }
      return {
        kind: 'stream',
        async write(response) {
          await context.downloads.run({ caller, file, response }, () =>
            sendContent(raw, response, content),
          )
        },
      }
    },
  })
}
