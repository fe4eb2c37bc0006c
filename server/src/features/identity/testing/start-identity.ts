import type { Tokens } from '@cloudsync/protocol'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import express from 'express'
import { pino } from 'pino'
import { Registry } from 'prom-client'
import type { Clock } from '#platform/clock.ts'
import type { Database } from '#platform/db/database.ts'
import { LoadShedder } from '#platform/http/limits/load-shedder.ts'
import { RequestLimiter } from '#platform/http/limits/request-limiter.ts'
import { ProblemError } from '#platform/problem-error.ts'
import type { KeyRing } from '#platform/keys/key-ring.ts'
import { problemHandler, routeEndpoints } from '#platform/http/router.ts'
import { openMail, type MailService } from '#platform/mail/open-mail.ts'
import type { MailConfig } from '#platform/mail/open-mailer.ts'
import { Answer } from '../../../../testing/answer.ts'
import { openTestDatabase } from '../../../../testing/test-database.ts'
import type { Identity } from '../identity.ts'
import { openIdentity, type IdentityOptions } from '../open-identity.ts'
import { noNotices } from '../../../../testing/alone.ts'
import { openTestKeys } from '../../../../testing/test-keys.ts'

export const silentLog = pino({ level: 'silent' })

export const testPublicUrl = 'https://cs.test'

export const ada = { email: 'ada@example.org', password: 'analytical engine' }

/** A clock that stands still until it is moved. */
export class TestClock implements Clock {
  #nowMs = Date.now()

  now(): Date {
    return new Date(this.#nowMs)
  }

  advance(seconds: number): void {
    this.#nowMs += seconds * 1000
  }
}

export interface CallOptions {
  readonly body?: unknown
  /** Sent as it is, instead of `body`. */
  readonly rawBody?: string
  readonly token?: string
  readonly contentType?: string
  readonly headers?: Readonly<Record<string, string>>
}

/** One server's identity behind HTTP, on a database that several may share. */
export class IdentityServer implements AsyncDisposable {
  readonly identity: Identity
  readonly url: string
  readonly #close: () => Promise<void>

  private constructor(identity: Identity, url: string, close: () => Promise<void>) {
    this.identity = identity
    this.url = url
    this.#close = close
  }

  static async start(options: IdentityOptions): Promise<IdentityServer> {
    const identity = await openIdentity(options)
    const app = express()
    // A test says which address it comes from.
    app.set('trust proxy', true)
    const limiter = new RequestLimiter()
    const shedder = new LoadShedder({ metrics: new Registry() })
    app.use(identity.wellKnownRouter({ limiter, shedder }))
    app.use(
      routeEndpoints('/api/v1', identity.endpoints, {
        authenticate: identity.authenticate,
        cookies: identity.cookies,
        // Nothing of it is about nodes.
        authorize: () => Promise.reject(new ProblemError('forbidden')),
        limiter,
        log: options.log,
        maxBodyBytes: 64 * 1024,
      }),
    )
    app.use(problemHandler(options.log))
    const http = app.listen(0, '127.0.0.1')
    await once(http, 'listening')
    const { port } = http.address() as AddressInfo
    return new IdentityServer(identity, `http://127.0.0.1:${port}`, async () => {
      http.closeAllConnections()
      http.close()
      await identity[Symbol.asyncDispose]()
    })
  }

  async call(
    method: string,
    path: string,
    options: CallOptions & { readonly from?: string } = {},
  ): Promise<Answer> {
    const { body, rawBody, token, from, contentType = 'application/json' } = options
    const headers = new Headers(options.headers)
    const content = rawBody ?? (body === undefined ? undefined : JSON.stringify(body))
    if (content !== undefined) headers.set('content-type', contentType)
    if (token !== undefined) headers.set('authorization', `Bearer ${token}`)
    if (from !== undefined) headers.set('x-forwarded-for', from)
    const init = { method, headers, ...(content === undefined ? {} : { body: content }) }
    return Answer.of(await fetch(`${this.url}/api/v1${path}`, init))
  }

  async signIn(credentials: { email: string; password: string } = ada): Promise<Tokens> {
    const { email, password } = credentials
    const answer = await this.call('POST', '/auth/sign-in', { body: { email, password } })
    if (answer.status !== 200) throw new Error(`not signed in: ${JSON.stringify(answer.body)}`)
    return answer.json<Tokens>()
  }

  refresh(refreshToken: string): Promise<Answer> {
    return this.call('POST', '/auth/refresh', { body: { refreshToken } })
  }

  me(token: string): Promise<Answer> {
    return this.call('GET', '/me', { token })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close()
  }
}

export interface IdentityFixture extends AsyncDisposable {
  readonly db: Database
  readonly keys: KeyRing
  readonly clock: TestClock
  readonly server: IdentityServer
  readonly identity: Identity
  readonly mail: MailService
  /** Another server on the same database. */
  startAnother(): Promise<IdentityServer>
}

/** An identity with its administrator `ada`; `isEmpty` leaves her out. */
export async function startIdentity(
  options: { readonly isEmpty?: boolean; readonly mail?: MailConfig } = {},
): Promise<IdentityFixture> {
  await using stack = new AsyncDisposableStack()
  const { database: db } = stack.use(await openTestDatabase())
  const clock = new TestClock()
  const firstAccount = options.isEmpty === true ? undefined : ada
  const keys = await openTestKeys(db)
  const mail = stack.use(
    await openMail({
      db,
      keys,
      clock,
      log: silentLog,
      config: options.mail ?? { kind: 'mailbox' },
    }),
  )
  const identityOptions = {
    db,
    clock,
    log: silentLog,
    notices: noNotices,
    keys,
    mail,
    publicUrl: () => testPublicUrl,
    issuer: 'https://cs.test',
    firstAccount,
  }
  const server = stack.use(await IdentityServer.start(identityOptions))
  if (firstAccount) await server.identity.ensureFirstAccount()
  const running = stack.move()
  return {
    db,
    keys,
    clock,
    server,
    identity: server.identity,
    mail,
    startAnother: async () => running.use(await IdentityServer.start(identityOptions)),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}
