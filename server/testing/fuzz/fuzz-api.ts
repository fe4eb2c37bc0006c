import { AssertionError } from 'node:assert'
import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import type { OpenApiDocument } from '../../src/platform/http/openapi/openapi-document.ts'
import { ApiContract } from '../api-contract.ts'
import type { TestServer } from '../test-server.ts'
import { TestCaller } from '../test-caller.ts'
import { requestsOf, type FuzzRequest } from './request-arbitrary.ts'
import { SchemaArbitraries } from './schema-arbitrary.ts'

export interface FuzzOptions {
  readonly server: Pick<TestServer, 'url' | 'admin'>
  /** An administrator, who makes those that the requests are of. */
  readonly account: { readonly email: string; readonly password: string }
  readonly requests: number
  readonly seed: number
  readonly say?: (text: string) => void
}

export interface FuzzReport {
  /** How many answers had each status. */
  readonly statuses: Readonly<Record<string, number>>
  /** What must not be, with the request that brought it about. */
  readonly faults: readonly string[]
  /** Operations that were answered with success at least once. */
  readonly succeeded: number
}

const batch = 250
const outstanding = 4

/** What tells of our insides: stacks, statements, tables, places on the disk. */
const leak =
  /\n\s+at \S|node_modules|file:\/\/|\.[cm]?[jt]s:\d+|\b(select|insert into|update|delete from) .*\b(from|set|values|where)\b|relation "|violates|syntax error at|invalid input syntax|unterminated|pg_(catalog|class|toast|stat)|ECONN|\/(home|root|usr|tmp|var|srv|opt)\//i

/** Sends seeded requests to every operation of a server's OpenAPI document. */
export async function fuzzApi(options: FuzzOptions): Promise<FuzzReport> {
  const { server, account, requests, seed, say } = options
  const answer = await fetch(`${server.url}/api/v1/openapi.json`)
  const document = (await answer.json()) as OpenApiDocument
  const contract = await ApiContract.of(server.url)
  const statuses: Record<string, number> = {}
  const faults: string[] = []
  const succeeded = new Set<string>()
  for (let done = 0; done < requests; done += batch) {
    // Sessions end on the way, passwords change, and things go.
    const caller = await signInAnother(await TestCaller.signIn(server.url, account))
    const schemas = new SchemaArbitraries(document.components.schemas, await findIds(caller))
    const count = Math.min(batch, requests - done)
    const sample = fc.sample(requestsOf(document, schemas), { seed: seed + done, numRuns: count })
    const send = async (request: FuzzRequest) => {
      const { status, fault } = await judge(contract, caller, request)
      statuses[status] = (statuses[status] ?? 0) + 1
      if (status < 400) succeeded.add(`${request.method} ${shapeOf(request.path)}`)
      if (fault === undefined) return
      faults.push(`${describe(request)}: ${fault}`)
      // At once: a long run that is cut short has told what it found.
      say?.(faults.at(-1) ?? '')
    }
    const lanes = Array.from({ length: outstanding }, (_, lane) =>
      sample.filter((_request, index) => index % outstanding === lane),
    )
    await Promise.all(
      lanes.map(async (lane) => {
        for (const request of lane) await send(request)
      }),
    )
    if (done % 10_000 === 0 && done > 0) say?.(`${done} requests, ${faults.length} faults`)
    if (faults.length > 20) break
  }
  return { statuses, faults, succeeded: succeeded.size }
}

async function signInAnother(admin: TestCaller): Promise<TestCaller> {
  const password = 'correct horse battery'
  const email = `${randomUUID()}@example.com`
  const { id } = await admin.post<{ id: string }>('/users', { email, name: 'Fuzz', password })
  await admin.patch(`/admin/users/${id}`, { isAdmin: true })
  return TestCaller.signIn(admin.url, { email, password })
}

async function judge(contract: ApiContract, caller: TestCaller, request: FuzzRequest) {
  const { method, path, body, token } = request
  // From elsewhere: wrong passwords must not keep out who signs in anew.
  const headers = new Headers({ ...request.headers, 'x-forwarded-for': '198.51.100.7' })
  if (token !== 'none')
    headers.set('authorization', `Bearer ${token === 'bad' ? 'a.b.c' : caller.accessToken}`)
  const url = `${caller.url}/api/v1${path}`
  const answer = await fetch(url, {
    method,
    headers,
    // What another page answers is no answer of the endpoint.
    redirect: 'manual',
    ...(body === undefined ? {} : { body }),
  })
  const text = await answer.clone().text()
  const { status } = answer
  if (status >= 500 && status !== 507) return { status, fault: `${status} ${text.slice(0, 500)}` }
  const [told] = leak.exec(status >= 400 ? text : '') ?? []
  // Whoever is told what they sent themselves learns nothing.
  if (told !== undefined && !asText(request).includes(told))
    return { status, fault: `tells "${told}": ${text.slice(0, 500)}` }
  try {
    await contract.check(method, path, answer)
  } catch (error) {
    if (!(error instanceof AssertionError)) throw error
    return { status, fault: error.message }
  }
  return { status }
}

async function findIds(caller: TestCaller): Promise<string[]> {
  const { id } = await caller.get<{ id: string }>('/me')
  const { items: spaces } = await caller.get<{ items: { id: string; rootId: string }[] }>('/spaces')
  const own = spaces.slice(0, 3)
  const parentId = own[0]?.rootId ?? ''
  const name = `seed-${Math.random()}`
  const made = await Promise.all(
    (['folder', 'text', 'blob'] as const).map((kind) =>
      caller.send('POST', '/nodes', {
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ parentId, name: `${name}-${kind}`, kind, ifTaken: 'rename' }),
      }),
    ),
  )
  const nodes = await Promise.all(
    made.map(async (answer) => ((await answer.json()) as { id?: string }).id),
  )
  return [id, ...own.flatMap((space) => [space.id, space.rootId]), ...nodes].filter(
    (found) => found !== undefined,
  )
}

function shapeOf(path: string): string {
  return (path.split('?', 1)[0] ?? '').replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}|\/\d+/gi, '{}')
}

function asText(request: FuzzRequest): string {
  const { path, body } = request
  const sent = body instanceof Uint8Array ? Buffer.from(body).toString() : (body ?? '')
  return `${decodeURIComponent(path)} ${sent} ${JSON.stringify(request.headers)}`
}

function describe({ method, path, headers, body, token }: FuzzRequest): string {
  const text = body instanceof Uint8Array ? Buffer.from(body).toString('base64') : body
  return `${method} ${path.slice(0, 300)} (token ${token}) ${JSON.stringify(headers).slice(0, 500)} ${(text ?? '').slice(0, 1_000)}`
}
