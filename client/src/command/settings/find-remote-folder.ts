import { CloudSyncError, type CloudSyncClient, type NodeId, type Space } from '../../sdk/index.ts'
import { CommandError } from '../command-error.ts'

export interface RemoteFolder {
  readonly space: Space
  readonly folderId: NodeId
  /** As a person would name it: `Space/folder/folder`. */
  readonly title: string
}

/** The folder that `Space` or `Space/folder/folder` names. Names of spaces may hold a slash themselves. */
export async function findRemoteFolder(
  client: CloudSyncClient,
  asked: string,
): Promise<RemoteFolder> {
  const spaces = await client.spaces.list().all()
  const found = findSpace(spaces, asked)
  if (!found) {
    const known = spaces.map(({ name }) => `“${name}”`).join(', ')
    throw new CommandError(
      `There is no space “${asked.split('/')[0]}”; ` +
        (known === '' ? 'you are a member of none' : `yours are ${known}`),
    )
  }
  const { space, path } = found
  if (path === '') return { space, folderId: space.rootId, title: space.name }
  const node = await client.spaces.nodeAt(space.id, path).catch((error: unknown) => {
    if (error instanceof CloudSyncError && error.code === 'not_found')
      throw new CommandError(`There is no folder “${path}” in the space “${space.name}”`)
    throw error
  })
  if (node.kind !== 'folder')
    throw new CommandError(`“${path}” is a file; link the folder that it is in`)
  return { space, folderId: node.id, title: `${space.name}/${path}` }
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
