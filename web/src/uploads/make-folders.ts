import { nameKey } from '@cloudsync/crdt'
import type { Me, Node, NodeId } from '@cloudsync/protocol'
import type { ApiClient } from '../api/api-client.ts'
import { isApiError } from '../api/api-error.ts'
import { errorLine } from '../api/describe-error.ts'
import { listChildren } from '../api/endpoints.ts'
import { draftNode } from '../tree/draft-node.ts'
import { runCommand } from '../tree/run-command.ts'
import type { SpaceTree } from '../tree/space-tree.ts'
import type { PlannedFolder, UploadPlan } from './upload-plan.ts'

export interface MakeFoldersOptions {
  readonly api: ApiClient
  readonly tree: SpaceTree
  readonly me: Me
  readonly folderId: NodeId
}

/** Where the files of each planned folder go, or why they cannot. */
export type FolderPlace =
  | { readonly kind: 'ready'; readonly id: NodeId }
  | { readonly kind: 'failed'; readonly reason: string }

/** Makes the folders of a plan level by level; a folder that is there already is taken as it is. */
export async function makeFolders(
  { levels }: UploadPlan,
  options: MakeFoldersOptions,
): Promise<ReadonlyMap<string, FolderPlace>> {
  const places = new Map<string, FolderPlace>([['', { kind: 'ready', id: options.folderId }]])
  for (const level of levels) await makeLevel(level, places, options)
  return places
}

async function makeLevel(
  level: readonly PlannedFolder[],
  places: Map<string, FolderPlace>,
  { api, tree, me }: MakeFoldersOptions,
): Promise<void> {
  const drafts = new Map<NodeId, { folder: PlannedFolder; node: Node }>()
  for (const folder of level) {
    const parent = places.get(folder.parentKey)
    if (parent?.kind !== 'ready') {
      places.set(folder.key, parent ?? { kind: 'failed', reason: 'Its folder was not made' })
      continue
    }
    const node = draftNode({
      spaceId: tree.spaceId,
      parentId: parent.id,
      name: folder.name,
      kind: 'folder',
      me,
      now: Date.now(),
    })
    drafts.set(node.id, { folder, node })
  }
  if (drafts.size === 0) return
  const outcome = await runCommand(tree, {
    kind: 'create',
    nodes: [...drafts.values()].map(({ node }) => node),
  })
  for (const { id } of outcome.done) {
    const draft = drafts.get(id)
    if (draft) places.set(draft.folder.key, { kind: 'ready', id })
  }
  for (const { id, error } of outcome.failed) {
    const draft = drafts.get(id)
    if (draft) places.set(draft.folder.key, await findOrExplain(api, tree, draft.node, error))
  }
}

async function findOrExplain(
  api: ApiClient,
  tree: SpaceTree,
  node: Node,
  error: unknown,
): Promise<FolderPlace> {
  const failed: FolderPlace = { kind: 'failed', reason: errorLine(error) }
  if (!isApiError(error, 'name_taken') || node.parentId === null) return failed
  const existing = await findFolder(api, node.parentId, node.name).catch(() => undefined)
  if (existing) {
    tree.store.put([existing])
    return { kind: 'ready', id: existing.id }
  }
  // A file has the name.
  const { done } = await runCommand(tree, { kind: 'create', nodes: [node], ifTaken: 'rename' })
  return done[0] ? { kind: 'ready', id: done[0].id } : failed
}

async function findFolder(
  api: ApiClient,
  parentId: NodeId,
  name: string,
): Promise<Node | undefined> {
  const wanted = nameKey(name)
  let cursor: string | undefined
  do {
    const page = await listChildren(api, parentId, { cursor, kind: 'folder' })
    const found = page.items.find((node) => nameKey(node.name) === wanted)
    if (found) return found.kind === 'folder' ? found : undefined
    cursor = page.nextCursor ?? undefined
  } while (cursor !== undefined)
  return undefined
}
