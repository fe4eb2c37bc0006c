import { once } from 'node:events'
import { Agent, request, type ClientRequest, type IncomingMessage } from 'node:http'
import type { RestCaller } from '../peers/rest-caller.ts'

const agent = new Agent({ keepAlive: true })

/** Makes an empty file, to be filled by `uploadContent`. */
export async function createFile(caller: RestCaller, parentId: string, name: string) {
  const text = await caller.send('POST', '/nodes', { parentId, name, kind: 'blob' })
  return (JSON.parse(text) as { id: string }).id
}

/**
 * `PUT /nodes/{id}/content`: returns when the server has answered, and the bytes are durable. Asks for a piece when the
 * one before is used up.
 */
export async function uploadContent(
  caller: RestCaller,
  nodeId: string,
  { body, sizeBytes }: { readonly body: AsyncIterable<Uint8Array>; readonly sizeBytes: number },
): Promise<void> {
  const put = open(caller, 'PUT', `/nodes/${nodeId}/content`, { 'content-length': `${sizeBytes}` })
  const answered = once(put, 'response') as Promise<[IncomingMessage]>
  answered.catch(() => undefined)
  for await (const piece of body) await written(put, piece)
  put.end()
  await readAnswer((await answered)[0])
}

/** One request makes many small files with their contents, as a form. */
export async function createFilledFiles(
  caller: RestCaller,
  files: readonly {
    readonly parentId: string
    readonly name: string
    readonly bytes: Uint8Array<ArrayBuffer>
  }[],
): Promise<void> {
  const form = new FormData()
  form.set('files', JSON.stringify(files.map(({ parentId, name }) => ({ parentId, name }))))
  for (const { bytes } of files) form.append('file', new Blob([bytes]))
  const { url, headers } = caller.addressOf('/nodes/files')
  const answer = await fetch(url, { method: 'POST', headers, body: form })
  const { results } = (await answer.json()) as { results?: { ok: boolean }[] }
  if (!answer.ok || !results?.every((result) => result.ok))
    throw new Error(`Making files: ${answer.status}`)
}

/** Makes a file of a content that is there, by its hash alone. Throws when the server wants the bytes. */
export async function createKnownFile(
  caller: RestCaller,
  file: {
    readonly parentId: string
    readonly filename: string
    readonly sha256: string
    readonly sizeBytes: number
  },
): Promise<void> {
  const { sizeBytes, ...metadata } = file
  const { url, headers } = caller.addressOf('/uploads')
  const pairs = Object.entries(metadata).map(([key, value]) => `${key} ${btoa(value)}`)
  const answer = await fetch(url, {
    method: 'POST',
    headers: {
      ...headers,
      'tus-resumable': '1.0.0',
      'upload-length': `${sizeBytes}`,
      'upload-metadata': pairs.join(','),
    },
  })
  if (answer.headers.get('upload-offset') !== `${sizeBytes}`)
    throw new Error(`Making a file by its hash: ${answer.status}`)
}

/** Reads a content to its end, and gives how many bytes came. */
export async function downloadContent(caller: RestCaller, nodeId: string): Promise<number> {
  const get = open(caller, 'GET', `/nodes/${nodeId}/content`)
  get.end()
  const [answer] = (await once(get, 'response')) as [IncomingMessage]
  if (answer.statusCode !== 200) throw new Error(`GET content: ${answer.statusCode}`)
  let bytes = 0
  answer.on('data', (chunk: Buffer) => (bytes += chunk.length))
  await once(answer, 'end')
  return bytes
}

function open(
  caller: RestCaller,
  method: string,
  path: string,
  extra: Readonly<Record<string, string>> = {},
): ClientRequest {
  const { url, headers } = caller.addressOf(path)
  return request(url, { method, agent, headers: { ...headers, ...extra } })
}

function written(put: ClientRequest, piece: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    put.write(piece, (error) => (error ? reject(error) : resolve()))
  })
}

async function readAnswer(answer: IncomingMessage): Promise<void> {
  const text = (await answer.setEncoding('utf8').toArray()).join('')
  if ((answer.statusCode ?? 500) >= 300) throw new Error(`${answer.statusCode} ${text}`)
}
