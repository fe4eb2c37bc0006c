import {
  CloudSyncError,
  type CloudSyncClient,
  type Node,
  type NodeId,
  type Space,
  type SpaceId,
} from '../../sdk/index.ts'
import { CommandError } from '../command-error.ts'

export interface RemoteFolder {
  readonly spaceId: SpaceId
  readonly folderId: NodeId
  readonly isWholeSpace: boolean
  /** As a person would name it: `Space/folder/folder`. */
  readonly title: string
}

/**
 * The folder that `Space` or `Space/folder/folder` names, or one that somebody has shared, and what lies in it. Names of
 * spaces may hold a slash themselves.
 */
export async function findRemoteFolder(
  client: CloudSyncClient,
  asked: string,
): Promise<RemoteFolder> {
  const spaces = await client.spaces.list().all()
  const found = findSpace(spaces, asked)
  if (!found) return findSharedFolder(client, asked, spaces)
  const { space, path } = found
  const { id: spaceId, rootId, name } = space
  if (path === '') return { spaceId, folderId: rootId, isWholeSpace: true, title: name }
  const node = await client.spaces.nodeAt(space.id, path).catch((error: unknown) => {
    if (error instanceof CloudSyncError && error.code === 'not_found')
      throw new CommandError(`There is no folder “${path}” in the space “${space.name}”`)
    throw error
  })
  if (node.kind !== 'folder')
    throw new CommandError(`“${path}” is a file; link the folder that it is in`)
  return { spaceId, folderId: node.id, isWholeSpace: false, title: `${name}/${path}` }
}

async function findSharedFolder(
  client: CloudSyncClient,
  asked: string,
  spaces: readonly Space[],
): Promise<RemoteFolder> {
  const [top = '', ...path] = asked.replace(/\/+$/, '').split('/')
  const shared = (await client.nodes.shared().all()).filter(({ kind }) => kind === 'folder')
  const [found, another] = shared.filter(({ name, id }) => name === top || id === top)
  if (!found) {
    const known = [...spaces, ...shared].map(({ name }) => `“${name}”`).join(', ')
    throw new CommandError(
      `There is no space or shared folder “${top}”; ` +
        (known === '' ? 'you have none' : `yours are ${known}`),
    )
  }
  if (another)
    throw new CommandError(
      `Two folders called “${top}” are shared with you; name one by its id: ${found.id} or ${another.id}`,
    )
  let at: Node | undefined = found
  for (const name of path) {
    at = await findChild(client, at.id, name)
    if (at?.kind !== 'folder')
      throw new CommandError(`There is no folder “${path.join('/')}” in “${top}”`)
  }
  const title = [found.name, ...path].join('/')
  return { spaceId: found.spaceId, folderId: at.id, isWholeSpace: false, title }
}

/** Of a folder above which the caller may see nothing. */
export async function findChild(
  client: CloudSyncClient,
  folderId: NodeId,
  name: string,
): Promise<Node | undefined> {
  for await (const child of client.nodes.children(folderId)) if (child.name === name) return child
  return undefined
}

function findSpace(spaces: readonly Space[], asked: string) {
  const trimmed = asked.replace(/\/+$/, '')
  const names = (space: Space) => [space.name, space.id]
  const matches = spaces.flatMap((space) =>
    names(space).flatMap((name) => {
      const isIt = trimmed.toLowerCase() === name.toLowerCase()
      const isIn = trimmed.toLowerCase().startsWith(`${name.toLowerCase()}/`)
      if (!isIt && !isIn) return []
      const path = trimmed.slice(name.length).replace(/^\/+/, '')
      return [{ space, path, isExact: trimmed.startsWith(name), length: name.length }]
    }),
  )
  const [best, next] = matches.toSorted(
    (a, b) => b.length - a.length || Number(b.isExact) - Number(a.isExact),
  )
  if (best && next?.length === best.length && next.isExact === best.isExact)
    throw new CommandError(
      `Two spaces are called “${best.space.name}”; name one by its id: ${best.space.id} or ${next.space.id}`,
    )
  return best
}
