import type { PutContentResponse } from '@cloudsync/protocol'
import type { ContentName } from '../model/entry.ts'
import type { RemoteFile, RemoteOutcome, RemoteSent } from '../ports.ts'
import { maxBatchedBytes, minDeltaBytes, readChecked, uploadLarge } from './file-uploads.ts'
import { FineChunks, scanContent } from './fine-chunks.ts'
import { encodeDelta, planDelta } from './plan-delta.ts'
import { describeNode, type RemoteContext } from './remote-context.ts'
import { asOutcome } from './remote-failures.ts'
import { isLocalFailure, SequentialSource } from './sequential-source.ts'

type Replaced = RemoteOutcome<RemoteSent>

/** More than this cannot go on where it broke off, and had better be an upload. */
const maxNewBytes = 64 * 1024 * 1024

/** Gives a file other bytes, of which only what is new is sent where it is known what the file was. */
export async function replaceFile(
  context: RemoteContext,
  file: RemoteFile,
  base: ContentName,
): Promise<Replaced> {
  const byDelta = await replaceByDelta(context, file, base)
  if (byDelta) return byDelta
  const { id, sha256, sizeBytes } = file
  if (sizeBytes > maxBatchedBytes) return uploadLarge(context, file, { nodeId: id, ifMatch: base })
  const bytes = await readChecked(file)
  if (!bytes) return { kind: 'stale' }
  return settle(context, file, () =>
    context.client.content.put(id, bytes, { ifMatch: base, sha256 }),
  )
}

/** `undefined` where there is nothing to build on, or it would spare too little. */
async function replaceByDelta(
  context: RemoteContext,
  file: RemoteFile,
  base: ContentName,
): Promise<Replaced | undefined> {
  const { id, sha256, sizeBytes, content } = file
  if (sizeBytes < minDeltaBytes || !/^[0-9a-f]{64}$/.test(base)) return undefined
  const known = await context.chunkLists.find(base)
  const before = known && FineChunks.decode(known)
  if (!before) return undefined
  await using source = new SequentialSource(content, sizeBytes)
  try {
    const after = await scanContent(source.read(0, sizeBytes), before.averageBits)
    const plan = planDelta(before, after)
    if (!plan || plan.newBytes > Math.min(maxNewBytes, sizeBytes / 2)) return undefined
    const delta = () => encodeDelta(plan, { base, target: sha256, sizeBytes }, source)
    const outcome = await settle(context, file, () =>
      context.client.content.patch(id, delta, { ifMatch: base, signal: source.signal }),
    )
    if (outcome.kind === 'done') await context.chunkLists.put(sha256, after.encode())
    const isUseless = outcome.kind === 'refused' && uselessCodes.has(outcome.code)
    return isUseless ? undefined : outcome
  } catch (error) {
    if (isLocalFailure(error)) return { kind: 'stale' }
    throw error
  }
}

/** The server has not what was built on, or what was made is something else: the whole will do. */
const uselessCodes: ReadonlySet<string> = new Set(['base_unknown', 'hash_mismatch', 'bad_request'])

async function settle(
  context: RemoteContext,
  { id }: RemoteFile,
  send: () => Promise<PutContentResponse>,
): Promise<Replaced> {
  const describe = async () => describeNode(context, await context.client.nodes.get(id))
  const outcome = await asOutcome(async () => {
    const { etag, outcome } = await send()
    return { entry: await describe(), made: outcome === 'merged' ? undefined : etag }
  })
  // It is a version now, beside what somebody else made of the file, and a person is asked.
  if (outcome.kind === 'refused' && outcome.code === 'content_conflict')
    return asOutcome(async () => ({ entry: await describe() }))
  return outcome
}
