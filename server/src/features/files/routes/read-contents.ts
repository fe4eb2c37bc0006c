import {
  makeProblem,
  maxBatchBytes,
  readContentsRequestSchema,
  type NodeId,
  type ReadContentsList,
  type ReadContentsResult,
} from '@cloudsync/protocol'
import { sha256FromBytes, type Sha256 } from '@cloudsync/storage'
import type { NodeAccess } from '#features/access/index.ts'
import { endpoint } from '#platform/http/endpoint.ts'
import { ProblemError } from '#platform/problem-error.ts'
import type { FilesContext } from '../files-context.ts'
import type { NodeRow } from '../nodes/node-reader.ts'

/** Larger ones are asked for by themselves. */
const maxFileBytes = 1024 * 1024
const lineFeed = Buffer.from('\n')

type Found =
  | { readonly kind: 'bytes'; readonly etag: string; readonly bytes: Uint8Array }
  | { readonly kind: 'problem'; readonly problem: ProblemError }

/**
 * The bytes of up to 500 files, of 8 MiB together: for those that are so small that a request for each would cost more
 * than its bytes. What was read so of a text is not the base of an upload that names none.
 */
export function readContents(context: FilesContext) {
  return endpoint({
    summary: 'The bytes of many small files at once',
    answers: { 200: 'bytes' },
    method: 'post',
    path: '/nodes/contents',
    access: 'user',
    scope: 'files:read',
    needs: { each: 'node.read' },
    body: readContentsRequestSchema,
    limit: 'transfer',
    async handle({ caller, body: { ids } }) {
      const readable = await context.access.listAccess(caller.userId, ids)
      const rows = new Map(
        (await context.nodes.list([...readable.keys()])).map((row) => [row.id, row]),
      )
      const found = await findAll(context, ids, (id) => checked(readable.get(id), rows.get(id)))
      return {
        kind: 'stream',
        write: async (response) => {
          response.setHeader('content-type', 'application/octet-stream')
          response.setHeader('cache-control', 'private, no-store')
          response.end(bodyOf(ids, found))
        },
      }
    },
  })
}

function checked(access: NodeAccess | undefined, row: NodeRow | undefined): NodeRow {
  if (!access || !row) throw new ProblemError('not_found')
  if (access.isTrashed) throw new ProblemError('trashed')
  if (row.kind === 'folder')
    throw new ProblemError('bad_request', { detail: 'A folder has no content' })
  if ((row.size_bytes ?? 0) > maxFileBytes) throw new ProblemError('too_large')
  return row
}

/** Whatever is wrong with one does not concern the others. */
async function findAll(
  context: FilesContext,
  ids: readonly NodeId[],
  get: (id: NodeId) => NodeRow,
): Promise<ReadonlyMap<NodeId, Found>> {
  const found = new Map<NodeId, Found>()
  const blobs = new Map<NodeId, Sha256>()
  const texts: NodeId[] = []
  const times = new Map<NodeId, number>()
  for (const id of ids) times.set(id, (times.get(id) ?? 0) + 1)
  let leftBytes = maxBatchBytes
  const takeRoom = (id: NodeId, sizeBytes: number) => {
    // Who asks for a file several times is given it as often.
    const bytes = sizeBytes * (times.get(id) ?? 1)
    if (bytes > leftBytes) throw new ProblemError('answer_full')
    leftBytes -= bytes
  }
  for (const id of times.keys())
    await alone(found, id, () => {
      const row = get(id)
      if (row.kind === 'text') {
        texts.push(id)
        return
      }
      if (!row.sha256) throw new ProblemError('internal')
      takeRoom(id, row.size_bytes ?? 0)
      blobs.set(id, sha256FromBytes(row.sha256))
    })
  const contents = await context.contents.getAll([...blobs.values()])
  for (const [id, etag] of blobs)
    await alone(found, id, async () => {
      const bytes = contents.get(etag) ?? (await context.contents.get(etag))
      found.set(id, { kind: 'bytes', etag, bytes })
    })
  for (const id of texts)
    await alone(found, id, async () => {
      const { etag, bytes } = await context.texts.read(id)
      // It may have grown since its row was written.
      if (bytes.byteLength > maxFileBytes) throw new ProblemError('too_large')
      takeRoom(id, bytes.byteLength)
      found.set(id, { kind: 'bytes', etag, bytes })
    })
  return found

  async function alone(
    outcomes: Map<NodeId, Found>,
    id: NodeId,
    work: () => void | Promise<void>,
  ): Promise<void> {
    try {
      await work()
    } catch (error) {
      const isExpected = error instanceof ProblemError
      if (!isExpected) context.log.error({ err: error, nodeId: id }, 'a content could not be read')
      const problem = isExpected ? error : new ProblemError('internal')
      outcomes.set(id, { kind: 'problem', problem })
    }
  }
}

function bodyOf(ids: readonly NodeId[], found: ReadonlyMap<NodeId, Found>): Buffer {
  const parts: Uint8Array[] = []
  const results = ids.map((nodeId): ReadContentsResult => {
    const one = found.get(nodeId)
    if (one?.kind === 'bytes') {
      parts.push(one.bytes)
      return { ok: true, nodeId, etag: one.etag, sizeBytes: one.bytes.byteLength }
    }
    const { code, detail, extensions } = one?.problem ?? new ProblemError('internal')
    return { ok: false, nodeId, problem: makeProblem(code, { detail, extensions }) }
  })
  const line = JSON.stringify({ results } satisfies ReadContentsList)
  return Buffer.concat([Buffer.from(line), lineFeed, ...parts])
}
