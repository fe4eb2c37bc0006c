import assert from 'node:assert/strict'
import type { Permission } from '@cloudsync/protocol'
import { noise, encode, version } from './tus-requests.ts'
import type { TestCaller } from './test-caller.ts'

export const guestEmail = 'guest@example.com'

export interface SampleRequest {
  readonly method: string
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | FormData | Uint8Array<ArrayBuffer>
}

/** A space of its owner, in which samples make what they are about. */
export class SampleSpace {
  readonly owner: TestCaller
  readonly id: string
  readonly rootId: string
  /** A folder in which whoever makes the requests may do everything. */
  readonly callerRootId: string
  readonly #guestId: string
  #count = 0

  constructor(
    owner: TestCaller,
    space: { id: string; rootId: string },
    { callerRootId, guestId }: { readonly callerRootId: string; readonly guestId: string },
  ) {
    this.owner = owner
    this.id = space.id
    this.rootId = space.rootId
    this.callerRootId = callerRootId
    this.#guestId = guestId
  }

  name(): string {
    return `sample ${(this.#count += 1)}`
  }

  async node(kind: 'folder' | 'text', parentId = this.rootId): Promise<string> {
    const { id } = await this.owner.post<{ id: string }>('/nodes', {
      parentId,
      name: this.name(),
      kind,
    })
    return id
  }

  async words(): Promise<string> {
    const id = await this.node('text')
    await this.owner.put(`/nodes/${id}/content`, 'words')
    return id
  }

  async trashed(): Promise<string> {
    const id = await this.node('text')
    await this.owner.delete(`/nodes/${id}`)
    return id
  }

  async versioned(): Promise<string> {
    const id = await this.words()
    await this.owner.post(`/nodes/${id}/versions`, { name: 'kept' })
    return id
  }

  async conflict(): Promise<string> {
    const folder = await this.node('folder')
    await this.owner.patch(`/nodes/${folder}`, { conflictPolicy: 'ask' })
    const id = await this.node('text', folder)
    await this.owner.patch(`/nodes/${id}`, { name: this.name() })
    const answer = await this.owner.send('PATCH', `/nodes/${id}`, {
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name: this.name(), seen: { name: 'before' } }),
    })
    const { conflictId } = (await answer.json()) as { conflictId?: string }
    assert.ok(conflictId, 'no conflict was made')
    return conflictId
  }

  async trashBatch(): Promise<string> {
    const id = await this.node('text')
    const headers = { accept: 'application/json' }
    const answer = await this.owner.send('DELETE', `/nodes/${id}`, { headers })
    return ((await answer.json()) as { batchId: string }).batchId
  }

  /** The id of somebody who was made a member. */
  async member(): Promise<string> {
    await this.owner.put(
      `/spaces/${this.id}/members`,
      JSON.stringify({ email: guestEmail, role: 'viewer' }),
      { 'content-type': 'application/json' },
    )
    return this.#guestId
  }

  async grant(): Promise<{ nodeId: string; grantId: string }> {
    const nodeId = await this.node('folder')
    const subject = { kind: 'user', email: guestEmail }
    const { id } = await this.owner.put<{ id: string }>(
      `/nodes/${nodeId}/grants`,
      JSON.stringify({ subject, role: 'viewer' }),
      { 'content-type': 'application/json' },
    )
    return { nodeId, grantId: id }
  }

  async upload(): Promise<string> {
    const metadata = encode({ parentId: this.rootId, filename: this.name() })
    const answer = await this.owner.send('POST', '/uploads', {
      headers: { ...version, 'upload-length': '10', 'upload-metadata': metadata },
    })
    return (answer.headers.get('location') ?? '').replace('/api/v1', '')
  }
}

type Sample = (space: SampleSpace) => SampleRequest | Promise<SampleRequest>

const sample = (method: string, path: string, body?: object): SampleRequest =>
  body === undefined
    ? { method, path }
    : { method, path, body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }

/**
 * For each endpoint that somebody with an account may call a request that succeeds for who has the permission that
 * the endpoint declares, and nothing more. By method and path, as the endpoints have them.
 */
export const samples: Readonly<Record<string, Sample>> = {
  'get /me': () => sample('GET', '/me'),
  'get /spaces': () => sample('GET', '/spaces'),
  'post /spaces': (space) => sample('POST', '/spaces', { name: space.name() }),
  'get /shared': () => sample('GET', '/shared'),
  'get /groups': () => sample('GET', '/groups'),
  'get /roles': () => sample('GET', '/roles'),
  'get /spaces/:id': ({ id }) => sample('GET', `/spaces/${id}`),
  'patch /spaces/:id': (space) => sample('PATCH', `/spaces/${space.id}`, { name: space.name() }),
  'get /spaces/:id/members': ({ id }) => sample('GET', `/spaces/${id}/members`),
  'put /spaces/:id/members': ({ id }) =>
    sample('PUT', `/spaces/${id}/members`, { email: guestEmail, role: 'viewer' }),
  'get /spaces/:id/path': ({ id }) => sample('GET', `/spaces/${id}/path?path=`),
  'get /spaces/:id/changes': ({ id }) => sample('GET', `/spaces/${id}/changes?cursor=0`),
  'get /spaces/:id/snapshot': ({ id }) => sample('GET', `/spaces/${id}/snapshot`),
  'post /texts/exchange': async (space) =>
    sample('POST', '/texts/exchange', {
      items: [{ nodeId: await space.words(), stateVector: 'AA==', update: '' }],
    }),
  'post /nodes/contents': async (space) =>
    sample('POST', '/nodes/contents', { ids: [await space.words()] }),
  'get /trash': ({ id }) => sample('GET', `/trash?spaceId=${id}`),
  'delete /trash': ({ id }) => sample('DELETE', `/trash?spaceId=${id}`),
  'delete /trash/:id': async (space) => sample('DELETE', `/trash/${await space.trashed()}`),
  'get /conflicts': ({ id }) => sample('GET', `/conflicts?spaceId=${id}`),
  'get /conflicts/:id': async (space) => sample('GET', `/conflicts/${await space.conflict()}`),
  'post /conflicts/:id/resolve': async (space) =>
    sample('POST', `/conflicts/${await space.conflict()}/resolve`, { choice: 'mine' }),
  'post /nodes': (space) =>
    sample('POST', '/nodes', { parentId: space.rootId, name: space.name(), kind: 'text' }),
  'get /nodes/:id': async (space) => sample('GET', `/nodes/${await space.node('text')}`),
  'patch /nodes/:id': async (space) =>
    sample('PATCH', `/nodes/${await space.node('text')}`, { name: space.name() }),
  'delete /nodes/:id': async (space) => sample('DELETE', `/nodes/${await space.node('text')}`),
  'get /nodes/:id/children': ({ rootId }) => sample('GET', `/nodes/${rootId}/children`),
  'get /nodes/:id/ancestors': async (space) =>
    sample('GET', `/nodes/${await space.node('text')}/ancestors`),
  'get /nodes/:id/access': ({ rootId }) => sample('GET', `/nodes/${rootId}/access`),
  'post /nodes/:id/restore': async (space) =>
    sample('POST', `/nodes/${await space.trashed()}/restore`),
  'get /nodes/:id/content': async (space) => sample('GET', `/nodes/${await space.words()}/content`),
  'put /nodes/:id/content': async (space) => ({
    method: 'PUT',
    path: `/nodes/${await space.words()}/content`,
    body: 'other words',
  }),
  'get /nodes/:id/versions': async (space) =>
    sample('GET', `/nodes/${await space.versioned()}/versions`),
  'post /nodes/:id/versions': async (space) =>
    sample('POST', `/nodes/${await space.words()}/versions`, { name: 'named' }),
  'patch /nodes/:id/versions/:number': async (space) =>
    sample('PATCH', `/nodes/${await space.versioned()}/versions/1`, { name: 'other' }),
  'get /nodes/:id/versions/:number/content': async (space) =>
    sample('GET', `/nodes/${await space.versioned()}/versions/1/content`),
  'get /nodes/:id/versions/:number/diff': async (space) =>
    sample('GET', `/nodes/${await space.versioned()}/versions/1/diff`),
  'post /nodes/:id/versions/:number/restore': async (space) =>
    sample('POST', `/nodes/${await space.versioned()}/versions/1/restore`),
  'get /nodes/:id/grants': async (space) =>
    sample('GET', `/nodes/${await space.node('folder')}/grants`),
  'put /nodes/:id/grants': async (space) =>
    sample('PUT', `/nodes/${await space.node('folder')}/grants`, {
      subject: { kind: 'user', email: guestEmail },
      role: 'viewer',
    }),
  'put /nodes/:id/inheritance': async (space) =>
    sample('PUT', `/nodes/${await space.node('folder')}/inheritance`, { inherits: false }),
  'post /live/tickets': async (space) =>
    sample('POST', '/live/tickets', { document: `text:${await space.node('text')}` }),
  'post /uploads': (space) => ({
    method: 'POST',
    path: '/uploads',
    headers: {
      ...version,
      'upload-length': '10',
      'upload-metadata': encode({ parentId: space.rootId, filename: space.name() }),
    },
  }),
  'post /nodes/bulk': async (space) =>
    sample('POST', '/nodes/bulk', {
      operations: [{ type: 'trash', id: await space.node('text') }],
    }),
  'post /nodes/files': (space) => {
    const body = new FormData()
    const files = [{ parentId: space.rootId, name: space.name() }]
    body.set('files', JSON.stringify(files))
    body.set('file', new Blob([noise.subarray(0, 3)]))
    return { method: 'POST', path: '/nodes/files', body }
  },
  'post /nodes/:id/copies': async (space) =>
    sample('POST', `/nodes/${await space.node('text')}/copies`, { parentId: space.callerRootId }),
  'patch /nodes/:id/content': async (space) => ({
    method: 'PATCH',
    path: `/nodes/${await space.words()}/content`,
    body: 'no delta',
  }),
  'post /trash/batches/:batchId/undo': async (space) =>
    sample('POST', `/trash/batches/${await space.trashBatch()}/undo`),
  'delete /nodes/:id/grants/:grantId': async (space) => {
    const { nodeId, grantId } = await space.grant()
    return sample('DELETE', `/nodes/${nodeId}/grants/${grantId}`)
  },
  'delete /spaces/:id/members/:userId': async (space) =>
    sample('DELETE', `/spaces/${space.id}/members/${await space.member()}`),
  'head /uploads/:id': async (space) => uploadRequest('HEAD', await space.upload()),
  'patch /uploads/:id': async (space) => uploadRequest('PATCH', await space.upload()),
  'delete /uploads/:id': async (space) => uploadRequest('DELETE', await space.upload()),
  'post /uploads/:id': async (space) =>
    uploadRequest('POST', await space.upload(), { 'x-http-method-override': 'DELETE' }),
}

/** What samples need on top of what their endpoint declares, which would let everybody give up what is theirs. */
export const alsoNeeded: Readonly<Record<string, Permission>> = {
  'delete /nodes/:id/grants/:grantId': 'node.manage',
  'delete /spaces/:id/members/:userId': 'space.manage',
}

/** Those about something of the owner's own. */
export const ofOwner: ReadonlySet<string> = new Set([
  'head /uploads/:id',
  'patch /uploads/:id',
  'delete /uploads/:id',
  'post /uploads/:id',
])

function uploadRequest(method: string, path: string, more: Record<string, string> = {}) {
  const headers = {
    ...version,
    'content-type': 'application/offset+octet-stream',
    'upload-offset': '0',
    ...more,
  }
  const body = new Uint8Array(Buffer.from('abc'))
  return { method, path, headers, ...(method === 'PATCH' ? { body } : {}) }
}
