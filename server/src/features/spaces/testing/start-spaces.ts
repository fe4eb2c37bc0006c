import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import type { Space, SpaceId, UserId } from '@cloudsync/protocol'
import express from 'express'
import { pino } from 'pino'
import {
  authorizeBy,
  openAccess,
  type Access,
  type AccessChange,
  type AccessNotifier,
} from '#features/access/index.ts'
import { openIdentity } from '#features/identity/index.ts'
import { systemClock } from '#platform/clock.ts'
import type { Database } from '#platform/db/database.ts'
import { RequestLimiter } from '#platform/http/limits/request-limiter.ts'
import { problemHandler, routeEndpoints } from '#platform/http/router.ts'
import { Answer } from '../../../../testing/answer.ts'
import { openTestDatabase } from '../../../../testing/test-database.ts'
import { openSpaces, type SpacesOptions } from '../open-spaces.ts'
import { noNotices } from '../../../../testing/alone.ts'
import { openIdentityParts } from '../../../../testing/identity-parts.ts'

/** Somebody signed in. */
export class Person {
  readonly id: UserId
  readonly email: string
  readonly #url: string
  readonly #accessToken: string

  constructor(url: string, me: { id: UserId; email: string }, accessToken: string) {
    this.id = me.id
    this.email = me.email
    this.#url = url
    this.#accessToken = accessToken
  }

  call(method: string, path: string, body?: unknown): Promise<Answer> {
    return call(this.#url, method, path, body, this.#accessToken)
  }

  async createSpace(name: string): Promise<Space> {
    const answer = await this.call('POST', '/spaces', { name })
    if (answer.status !== 201) throw new Error(JSON.stringify(answer.body))
    return answer.json<Space>()
  }

  putMember(spaceId: SpaceId, email: string, role: string): Promise<Answer> {
    return this.call('PUT', `/spaces/${spaceId}/members`, { email, role })
  }

  removeMember(spaceId: SpaceId, userId: UserId): Promise<Answer> {
    return this.call('DELETE', `/spaces/${spaceId}/members/${userId}`)
  }
}

export interface SpacesFixture extends AsyncDisposable {
  readonly db: Database
  readonly access: Access & AccessNotifier
  readonly url: string
  /** What followers of access have heard so far. */
  readonly changes: AccessChange[]
  readonly ada: Person
  /** Makes an account, named by its e-mail address, and signs in. */
  addPerson(name: string): Promise<Person>
}

const password = 'analytical engine'

/** Spaces, with real accounts, behind HTTP. */
export async function startSpaces(
  options: Pick<SpacesOptions, 'maxTeamSpaces'> = {},
): Promise<SpacesFixture> {
  await using stack = new AsyncDisposableStack()
  const { database: db } = stack.use(await openTestDatabase())
  const log = pino({ level: 'silent' })
  const clock = systemClock
  const access = openAccess({ db, clock, log, notices: noNotices })
  const changes: AccessChange[] = []
  access.onAccessChanged((change) => changes.push(change))
  const firstAccount = { email: 'ada@example.org', password }
  const identity = stack.use(
    await openIdentity({
      ...(await openIdentityParts({ db, clock, log })),
      issuer: 'https://cs.test',
      firstAccount,
    }),
  )
  await identity.ensureFirstAccount()
  const spaces = openSpaces({ db, access, people: identity, ...options })
  const app = express()
  const routerOptions = {
    authenticate: identity.authenticate,
    authorize: authorizeBy(access),
    limiter: new RequestLimiter(),
    log,
    maxBodyBytes: 64 * 1024,
  }
  const endpoints = [...identity.endpoints, ...spaces.endpoints]
  app.use(routeEndpoints('/api/v1', endpoints, routerOptions))
  app.use(problemHandler(log))
  const http = app.listen(0, '127.0.0.1')
  await once(http, 'listening')
  stack.defer(() => {
    http.closeAllConnections()
    http.close()
  })
  const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`
  const ada = await signIn(url, firstAccount.email)
  const running = stack.move()
  return {
    db,
    access,
    url,
    changes,
    ada,
    async addPerson(name) {
      const email = `${name.toLowerCase()}@example.org`
      await ada.call('POST', '/users', { email, name, password })
      return signIn(url, email)
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}

async function signIn(url: string, email: string): Promise<Person> {
  const { body } = await call(url, 'POST', '/auth/sign-in', { email, password })
  const accessToken = String(body['accessToken'])
  const me = await call(url, 'GET', '/me', undefined, accessToken)
  return new Person(url, { id: me.body['id'] as UserId, email }, accessToken)
}

export async function call(
  url: string,
  method: string,
  path: string,
  body?: unknown,
  accessToken?: string,
): Promise<Answer> {
  const headers = new Headers()
  if (body !== undefined) headers.set('content-type', 'application/json')
  if (accessToken !== undefined) headers.set('authorization', `Bearer ${accessToken}`)
  const init = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) }
  return Answer.of(await fetch(`${url}/api/v1${path}`, init))
}
