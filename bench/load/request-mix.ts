import type { RestCaller } from '../peers/rest-caller.ts'
import type { PacedCall } from './paced-requests.ts'

/** What people of a space ask about. */
export interface MixedSpace {
  readonly spaceId: string
  readonly people: readonly RestCaller[]
  readonly folderIds: readonly string[]
  readonly textIds: readonly string[]
  /** From the root, by names. */
  readonly paths: readonly string[]
  /** A folder of each person's own, and in it a text and a folder to put them to. */
  readonly ownFolderIds: readonly string[]
  readonly ownTextIds: readonly string[]
  readonly largeFileId: string
  /** Up to where each person has followed the space. */
  readonly cursors: string[]
}

interface MixedRequest {
  /** How many of all. */
  readonly weight: number
  readonly make: (
    space: MixedSpace,
    at: number,
  ) => Omit<PacedCall, 'name' | 'url' | 'headers'> & {
    readonly path: string
    readonly type?: string
  }
}

const get = (path: (space: MixedSpace, at: number) => string): MixedRequest['make'] => {
  return (space, at) => ({ method: 'GET', path: path(space, at) })
}

/** One of them, by a number: neighbours in time are far apart. */
function pick<T>(values: readonly T[], at: number): T {
  return values[(at * 7_919) % values.length] as T
}

const ownOf = (ids: readonly string[], at: number) => ids[at % ids.length] as string

/**
 * What browsers ask, in the proportions that were counted by route at the servers of the journeys in folders, texts, spaces,
 * settings, uploads and conflicts (529 requests, November 2026); what was too rare there to tell stands with one in a
 * hundred.
 */
export const requestMix: Readonly<Record<string, MixedRequest>> = {
  'GET /me': { weight: 5, make: get(() => '/me') },
  'GET /spaces': { weight: 9, make: get(() => '/spaces') },
  'GET /spaces/:id': { weight: 1, make: get(({ spaceId }) => `/spaces/${spaceId}`) },
  'GET /spaces/:id/changes': {
    weight: 25,
    make: ({ spaceId, cursors }, at) => {
      const person = at % cursors.length
      return {
        method: 'GET',
        path: `/spaces/${spaceId}/changes?cursor=${cursors[person]}`,
        take: (body) => {
          cursors[person] = (JSON.parse(body) as { nextCursor: string }).nextCursor
        },
      }
    },
  },
  'GET /spaces/:id/path': {
    weight: 3,
    make: get(
      ({ spaceId, paths }, at) =>
        `/spaces/${spaceId}/path?path=${encodeURIComponent(pick(paths, at))}`,
    ),
  },
  'GET /nodes/:id': { weight: 6, make: get(({ textIds }, at) => `/nodes/${pick(textIds, at)}`) },
  'GET /nodes/:id/children': {
    weight: 17,
    make: get(({ folderIds }, at) => `/nodes/${pick(folderIds, at)}/children?limit=100`),
  },
  'GET /nodes/:id/ancestors': {
    weight: 7,
    make: get(({ textIds }, at) => `/nodes/${pick(textIds, at)}/ancestors`),
  },
  'GET /nodes/:id/access': {
    weight: 1,
    make: get(({ textIds }, at) => `/nodes/${pick(textIds, at)}/access`),
  },
  'GET /nodes/:id/grants': {
    weight: 1,
    make: get(({ folderIds }, at) => `/nodes/${pick(folderIds, at)}/grants`),
  },
  'GET /nodes/:id/versions': {
    weight: 1,
    make: get(({ textIds }, at) => `/nodes/${pick(textIds, at)}/versions`),
  },
  'GET /nodes/:id/content': {
    weight: 2,
    make: get(({ ownTextIds }, at) => `/nodes/${ownOf(ownTextIds, at)}/content`),
  },
  'GET /trash': { weight: 1, make: get(({ spaceId }) => `/trash?spaceId=${spaceId}`) },
  'GET /conflicts': { weight: 2, make: get(({ spaceId }) => `/conflicts?spaceId=${spaceId}`) },
  'GET /shared': { weight: 1, make: get(() => '/shared') },
  'POST /live/tickets': {
    weight: 1,
    make: ({ textIds }, at) => ({
      ...json('POST', '/live/tickets', { document: `text:${pick(textIds, at)}` }),
    }),
  },
  'POST /nodes': {
    weight: 5,
    make: ({ ownFolderIds }, at) =>
      json('POST', '/nodes', {
        parentId: ownOf(ownFolderIds, at),
        name: `made-${at}.md`,
        kind: at % 4 === 0 ? 'folder' : 'text',
      }),
  },
  'PATCH /nodes/:id': {
    weight: 2,
    make: ({ ownTextIds }, at) =>
      json('PATCH', `/nodes/${ownOf(ownTextIds, at)}`, { name: `renamed-${at}.md` }),
  },
  'PUT /nodes/:id/content': {
    weight: 5,
    make: ({ ownTextIds }, at) => ({
      method: 'PUT',
      path: `/nodes/${ownOf(ownTextIds, at)}/content`,
      type: 'text/markdown',
      body: `# What was written at ${at}\n\n${'A line of words.\n'.repeat(50)}`,
    }),
  },
}

/** Those whose bodies are large, by how many a second. */
export const heavyRequests: Readonly<Record<string, MixedRequest['make']>> = {
  'POST /nodes/bulk, 100 folders': ({ ownFolderIds }, at) =>
    json('POST', '/nodes/bulk', {
      operations: Array.from({ length: 100 }, (_, index) => ({
        type: 'create',
        parentId: ownOf(ownFolderIds, at),
        name: `bulk-${at}-${index}`,
        kind: 'folder',
      })),
    }),
  'GET /nodes/:id/content of 1 MiB': get(({ largeFileId }) => `/nodes/${largeFileId}/content`),
}

function json(method: string, path: string, body: unknown) {
  return { method, path, type: 'application/json', body: JSON.stringify(body) }
}

/** The requests one after the other, in the proportions of the mix, and by everybody in turn. */
export function mixedCalls(space: MixedSpace): () => PacedCall {
  const names = Object.entries(requestMix).flatMap(([name, { weight }]) =>
    Array.from({ length: weight }, () => name),
  )
  let at = 0
  return () => {
    at += 1
    const name = names[(at * 37) % names.length] as string
    return callOf(space, name, (requestMix[name] as MixedRequest).make, at)
  }
}

/** As `mixedCalls`, of one kind. */
export function heavyCalls(space: MixedSpace, name: string): () => PacedCall {
  let at = 0
  return () => {
    at += 1
    return callOf(space, name, heavyRequests[name] as MixedRequest['make'], at)
  }
}

function callOf(
  space: MixedSpace,
  name: string,
  make: MixedRequest['make'],
  at: number,
): PacedCall {
  const { path, type, ...rest } = make(space, at)
  const { url, headers } = (space.people[at % space.people.length] as RestCaller).addressOf(path)
  return { ...rest, name, url, headers: { ...headers, ...(type ? { 'content-type': type } : {}) } }
}
