import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { request as httpRequest } from 'node:http'
import type { Node } from '@cloudsync/protocol'
import type { TestCaller } from './test-caller.ts'
import type { TestServer } from './test-server.ts'

export type HeaderPairs = Readonly<Record<string, string>>

export const version = { 'tus-resumable': '1.0.0' }
/** No text. */
export const noise = randomBytes(200_000)

/** `Upload-Metadata` of these pairs. */
export const encode = (pairs: HeaderPairs) =>
  Object.entries(pairs)
    .map(([key, value]) => `${key} ${Buffer.from(value).toString('base64')}`)
    .join(',')

export function post(
  caller: TestCaller,
  headers: HeaderPairs,
  body?: Buffer<ArrayBuffer>,
): Promise<Response> {
  const init = body === undefined ? {} : { body }
  return caller.send('POST', '/uploads', { headers: { ...version, ...headers }, ...init })
}

/** Makes an upload, and gives its path. */
export async function create(
  caller: TestCaller,
  length: number,
  parentId: string,
): Promise<string> {
  const metadata = encode({ parentId, filename: 'a.bin' })
  return pathOf(await post(caller, { 'upload-length': `${length}`, 'upload-metadata': metadata }))
}

export function pathOf(answer: Response): string {
  assert.equal(answer.status, 201)
  return (answer.headers.get('location') ?? '').replace('/api/v1', '')
}

export function patch(
  caller: TestCaller,
  path: string,
  [offset, body]: readonly [number, Buffer<ArrayBuffer>],
  headers: HeaderPairs = {},
): Promise<Response> {
  return caller.send('PATCH', path, {
    headers: {
      ...version,
      'content-type': 'application/offset+octet-stream',
      'upload-offset': `${offset}`,
      ...headers,
    },
    body,
  })
}

export const head = (caller: TestCaller, path: string) =>
  caller.send('HEAD', path, { headers: version })

export async function assertProblem(answer: Response, status: number, code: string): Promise<void> {
  assert.equal(answer.status, status)
  assert.equal(((await answer.json()) as { code: string }).code, code)
  assert.equal(answer.headers.get('tus-resumable'), '1.0.0')
}

export async function newFolder(caller: TestCaller): Promise<string> {
  const parentId = await caller.rootId()
  const name = randomBytes(8).toString('hex')
  return (await caller.post<Node>('/nodes', { parentId, name, kind: 'folder' })).id
}

export async function list(caller: TestCaller, parentId: string): Promise<Node[]> {
  return (await caller.get<{ items: Node[] }>(`/nodes/${parentId}/children`)).items
}

export async function isHeld(
  caller: TestCaller,
  id: string | null,
  bytes: Buffer,
): Promise<boolean> {
  const answer = await caller.send('GET', `/nodes/${id}/content`)
  return Buffer.from(await answer.arrayBuffer()).equals(bytes)
}

/** Sends the beginning of a body and then nothing, as a line that is cut without a word. */
export function startSilentPatch(caller: TestCaller, path: string, bytes: Buffer) {
  const request = httpRequest(`${caller.url}/api/v1${path}`, {
    method: 'PATCH',
    headers: {
      ...version,
      authorization: `Bearer ${caller.accessToken}`,
      'content-type': 'application/offset+octet-stream',
      'content-length': String(bytes.length + 1),
      'upload-offset': '0',
    },
  })
  const { promise: ended, resolve } = Promise.withResolvers<void>()
  request.on('error', () => undefined)
  request.on('close', resolve)
  const sent = new Promise<void>((done) => request.write(bytes, () => done()))
  return { sent, ended, [Symbol.dispose]: () => void request.destroy() }
}

/** Whether a request has begun to add to an upload. */
export async function isTouched({ db }: TestServer, path: string): Promise<boolean> {
  const { rows } = await db.database.pool.query(
    `SELECT FROM upload_sessions WHERE id = $1 AND expires_at > created_at + interval '7 days'`,
    [path.split('/').at(-1)],
  )
  return rows.length === 1
}
