import type { NodeId } from '@cloudsync/protocol'
import { sha256FromBytes } from '@cloudsync/storage'
import { endpoint } from '#platform/http/endpoint.ts'
import { ProblemError } from '#platform/problem-error.ts'
import { findDelta, sendDelta } from '../content/content-delta.ts'
import { sendContent, type Content } from '../content/send-content.ts'
import type { TextContent } from '../content/text-contents.ts'
import { requireFile, type FilesContext } from '../files-context.ts'
import type { NodeRow } from '../nodes/node-reader.ts'
import { nodeParams, readProblems } from './schemas.ts'

/**
 * The bytes of a file as they are now (and HEAD). What a session was served of a text is remembered as
 * the base of its next upload.
 */
export function getContent(context: FilesContext) {
  const { downloads, served } = context
  return endpoint({
    summary: 'The bytes of a file',
    answers: { 200: 'bytes', 206: 'bytes', 226: 'bytes', 304: 'empty' },
    problems: readProblems,
    heeds: ['range', 'if-range', 'if-none-match', 'a-im'],
    method: 'get',
    path: '/nodes/:id/content',
    access: 'user',
    needs: { node: 'node.read', of: 'params.id' },
    params: nodeParams,
    limit: 'transfer',
    async handle({ caller, params, raw }) {
      const file = await requireFile(context, caller.userId, params.id, 'node.read')
      const delta = await findDelta(context, raw, await context.nodes.get(params.id))
      if (delta)
        return {
          kind: 'stream',
          write: (response) =>
            downloads.run({ caller, file, response }, () => sendDelta(response, delta)),
        }
      const content = await readContent(context, params.id)
      const isWhole = raw.method === 'GET' && raw.headers.range === undefined
      return {
        kind: 'stream',
        async write(response) {
          await downloads.run({ caller, file, response }, async () => {
            if (!isWhole || !('position' in content)) {
              await sendContent(raw, response, content)
              return
            }
            // Before the bytes go: the client may send them back at once.
            const undo = await served.remember(caller.sessionId, params.id, content.position)
            const sent = await sendContent(raw, response, content)
            if (sent === 'part') await undo()
          })
        },
      }
    },
  })
}

async function readContent(context: FilesContext, nodeId: NodeId): Promise<TextContent | Content> {
  const node = await context.nodes.get(nodeId)
  if (node.kind !== 'text') return blobContent(context, node)
  try {
    return await context.texts.read(nodeId)
  } catch (error) {
    // It may have become a blob just now.
    const later = await context.nodes.get(nodeId)
    if (later.kind === 'text') throw error
    return blobContent(context, later)
  }
}

function blobContent({ versionContents }: FilesContext, node: NodeRow): Content {
  if (node.sha256 === null) throw new ProblemError('internal')
  const sha256 = sha256FromBytes(node.sha256)
  return {
    sizeBytes: node.size_bytes ?? 0,
    etag: sha256,
    name: node.name,
    mediaType: node.media_type ?? 'application/octet-stream',
    open: (range) => versionContents.open(sha256, range),
  }
}
