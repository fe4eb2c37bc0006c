import { maxLinkBytes, type NodeId } from '@cloudsync/protocol'
import type { Operation } from '../model/operation.ts'
import type { Fingerprint, LocalEntry } from '../model/entry.ts'
import { DiskError } from '../model/failures.ts'
import { isSameState } from '../model/fingerprint.ts'
import type { WriteIntent } from '../model/intents.ts'
import type { DiskPath } from '../ports.ts'
import { done } from './disk-outcomes.ts'
import { trashOne } from './trash-local.ts'
import { diskPathIn, diskPathOf, localFile, valueOf, type StepContext } from './step-context.ts'
import { RefusedError, StaleError } from './step-failures.ts'
import { isSafeTarget } from '../model/safe-target.ts'
import { childrenByParent } from './tree-paths.ts'
import { noteWrite, recordWrite } from './write-intents.ts'

type Download = Extract<Operation, { kind: 'download' }>

/** A symbolic link, which is only made here where it leads nowhere else. */
export async function downloadLink(context: StepContext, operation: Download): Promise<void> {
  const { id, parentId, name, diskName, remoteContent, localBase } = operation
  const { world, store, gate } = context
  const before = store.trees.local.get(id)
  if ((before?.content ?? null) !== localBase || (before && !before.fingerprint))
    throw new StaleError('it has changed on the disk')
  const path = before
    ? localFile(context, id).path
    : diskPathIn(context, parentId, diskName ?? name)
  const { content, sha256 } = valueOf(await world.remote.download(id, remoteContent))
  const target = await readText(content)
  if (!isSafeTarget(path, target))
    throw new RefusedError('unsafe_link', `it leads out of the linked folder, to ${shown(target)}`)
  const disk = diskName === undefined ? {} : { diskName }
  const at: LocalEntry | Omit<LocalEntry, 'content' | 'fingerprint'> = before ?? {
    id,
    parentId,
    name,
    kind: 'symlink',
    ...disk,
  }
  await gate.act(async () => {
    let intent: WriteIntent | undefined
    const staged = async (fingerprint: Fingerprint) => {
      intent = { ...at, content: sha256, remoteContent, fingerprint }
      await noteWrite(context, intent, undefined)
    }
    const outcome = await world.disk.writeLink(path, target, before?.fingerprint ?? null, staged)
    const fingerprint = done(context, outcome, path)
    store.transaction((writer) => {
      writer.putLocal({ ...at, content: sha256, fingerprint })
      if (intent) recordWrite(context, writer, intent, undefined)
    })
  })
}

/** What a link of this disk points to, if it still is the one of `expected`. */
export async function* readTarget(
  { world }: StepContext,
  path: DiskPath,
  expected: Fingerprint,
): AsyncGenerator<Uint8Array, void> {
  const item = await world.disk.look(path)
  if (item?.target === undefined || !isSameState(expected, item.fingerprint))
    throw new DiskError('changed', 'the link is another one than it was')
  yield Buffer.from(item.target)
}

/**
 * Takes those links away that would lead out of the linked folder once what they lie in is moved, and did not before:
 * what somebody else moves must not do what they may not write. They stay on the server.
 */
export async function dropUnsafeLinks(
  context: StepContext,
  id: NodeId,
  to: DiskPath,
): Promise<void> {
  const from = diskPathOf(context, id)
  if (!from || from.length <= to.length) return
  for (const { entry, path } of linksBelow(context, id)) {
    const item = await context.world.disk.look(path)
    if (item?.target === undefined) continue
    const moved = [...to, ...path.slice(from.length)]
    if (!isSafeTarget(path, item.target) || isSafeTarget(moved, item.target)) continue
    // First, so that nobody takes it for deleted here.
    context.store.transaction((writer) => writer.removeSynced(entry.id), { isDurable: true })
    await trashOne(context, entry.id)
  }
}

function linksBelow(
  context: StepContext,
  id: NodeId,
): readonly { readonly entry: LocalEntry; readonly path: DiskPath }[] {
  const { local } = context.store.trees
  const moved = local.get(id)
  const children =
    moved?.kind === 'folder' ? childrenByParent(local) : new Map<NodeId, LocalEntry[]>()
  const links: { entry: LocalEntry; path: DiskPath }[] = []
  const rest = [moved]
  for (let entry = rest.pop(); entry; entry = rest.pop()) {
    rest.push(...(children.get(entry.id) ?? []))
    const path = entry.kind === 'symlink' ? diskPathOf(context, entry.id) : undefined
    if (path) links.push({ entry, path })
  }
  return links
}

async function readText(content: AsyncIterable<Uint8Array>): Promise<string> {
  const parts: Uint8Array[] = []
  let sizeBytes = 0
  for await (const part of content) {
    parts.push(part)
    sizeBytes += part.length
    if (sizeBytes > maxLinkBytes) throw new RefusedError('unsafe_link', 'its target is too long')
  }
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.concat(parts))
  } catch {
    throw new RefusedError('unsafe_link', 'its target is no text')
  }
}

/** For people: in one line, and not too long. */
function shown(target: string): string {
  const text = JSON.stringify(target)
  return text.length > 200 ? `${text.slice(0, 200)}…` : text
}
