import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Me, Node } from '@cloudsync/protocol'
import { openBlobStore, type BlobStore, type StoreSpace } from '@cloudsync/storage'
import express from 'express'
import { pino } from 'pino'
import { Registry } from 'prom-client'
import { openContents, type OpenedContents } from '#features/contents/index.ts'
import { newContentKeys } from '#features/contents/testing/new-content-keys.ts'
import {
  authorizeBy,
  openAccess,
  openSharing,
  type Access,
  type AccessNotifier,
} from '#features/access/index.ts'
import { openIdentity } from '#features/identity/index.ts'
import { openLive, type Live } from '#features/live/index.ts'
import { createSpace, openSpaces } from '#features/spaces/index.ts'
import { systemClock } from '#platform/clock.ts'
import type { Database } from '#platform/db/database.ts'
import { inTransaction } from '#platform/db/transaction.ts'
import { describeApi } from '#platform/http/openapi/described-api.ts'
import { RequestLimiter } from '#platform/http/limits/request-limiter.ts'
import { problemHandler, routeEndpoints } from '#platform/http/router.ts'
import { TestCaller } from '../../../../testing/test-caller.ts'
import { openTestDatabase } from '../../../../testing/test-database.ts'
import { openTestKeys } from '../../../../testing/test-keys.ts'
import { FolderProjection, openFiles, type Files } from '../index.ts'
import { alone, noNotices } from '../../../../testing/alone.ts'
import { openIdentityParts } from '../../../../testing/identity-parts.ts'
import { TestClock } from '../../../../testing/test-clock.ts'

const admin = { email: 'ada@example.com', password: 'correct horse battery' }

/** The feature on real parts: PostgreSQL, the live core, a store on disk, HTTP. */
export interface TestFiles extends AsyncDisposable {
  readonly url: string
  readonly db: Database
  readonly live: Live
  readonly access: Access & AccessNotifier
  readonly clock: TestClock
  /** Where the bytes of all contents lie. */
  readonly store: BlobStore
  readonly contents: OpenedContents
  /** What the disk of uploads has; unset: enough. */
  space: StoreSpace | undefined
  /** What serves just now. */
  readonly files: Files
  /** As another process would, on the same database. */
  openAnother(): Files
  readonly ada: TestCaller
  /** Makes an account and signs in as it. */
  addUser(name: string): Promise<TestCaller>
  /** Signs in as Ada once more: another session. */
  signInAgain(): Promise<TestCaller>
  /** Makes a team space of Ada's with these members, and gives its root folder. */
  newSpace(members?: Readonly<Record<string, string>>): Promise<{ id: string; rootId: string }>
  /** Makes a text of Ada's in a space of its own, and gives its id. */
  newText(content: string, name: string, members: Readonly<Record<string, string>>): Promise<string>
}

export async function openTestFiles(): Promise<TestFiles> {
  await using stack = new AsyncDisposableStack()
  const log = pino({ level: 'silent' })
  const { database: db } = stack.use(await openTestDatabase())
  const directory = await mkdtemp(join(tmpdir(), 'cloudsync-files-'))
  stack.defer(() => rm(directory, { recursive: true, force: true }))
  const access = openAccess({ db, clock: systemClock, log, notices: noNotices })
  const identity = stack.use(
    await openIdentity({
      ...(await openIdentityParts({ db, clock: systemClock, log })),
      issuer: 'test',
      firstAccount: admin,
    }),
  )
  await identity.ensureFirstAccount()
  const spaces = openSpaces({ db, access, people: identity })
  const projection = new FolderProjection(systemClock, access)
  const live = stack.use(
    await openLive({
      links: alone,
      db,
      keys: await openTestKeys(db),
      identity,
      access,
      clock: systemClock,
      log,
      metrics: new Registry(),
      documentMemoryBytes: 64 * 1024 * 1024,
      openProjector: (documents) => projection.openProjector(documents),
    }),
  )
  const clock = new TestClock()
  const store = stack.use(await openBlobStore({ kind: 'file', directory }))
  const contents = stack.use(
    openContents({ db, store, keys: newContentKeys(), clock, log, metrics: new Registry() }),
  )
  const disk: Pick<TestFiles, 'space'> = { space: undefined }
  const findSpaces = async () => (disk.space ? [disk.space] : [])
  const open = () =>
    openFiles({
      findSpaces,
      db,
      live: live.documents,
      folders: live.folders,
      spaceSeqs: live.spaceSeqs,
      onDraining: (listener) => live.onDraining(listener),
      projection,
      access,
      identity,
      contents: contents.contents,
      clock,
      log,
    })
  const files = stack.use(open())
  const app = express()
  app.set('etag', false)
  const { endpoints } = describeApi([
    ...identity.endpoints,
    ...openSharing({ db, clock: systemClock, access, people: identity }).endpoints,
    ...spaces.endpoints,
    ...live.endpoints,
    ...files.endpoints,
  ])
  const limiter = new RequestLimiter()
  const { authenticate } = identity
  app.use(
    routeEndpoints('/api/v1', endpoints, {
      authenticate,
      authorize: authorizeBy(access),
      limiter,
      log,
      maxBodyBytes: 1e6,
    }),
  )
  app.use(problemHandler(log))
  const server = createServer(app)
  server.on('upgrade', (request, socket, head) => live.handleUpgrade(request, socket, head))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  stack.defer(() => close(server))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const ada = await TestCaller.signIn(url, admin)
  const me = await ada.get<Me>('/me')
  async function newSpace(members: Readonly<Record<string, string>> = {}) {
    // Not by REST, which lets nobody make as many as the tests do.
    const space = await inTransaction(db, (tx) =>
      createSpace(tx, { name: 'Team', kind: 'team', ownerId: me.id }),
    )
    for (const [name, role] of Object.entries(members)) {
      const body = JSON.stringify({ email: `${name}@example.com`, role })
      const headers = { 'content-type': 'application/json' }
      await ada.put(`/spaces/${space.id}/members`, body, headers)
    }
    return space
  }
  const running = stack.move()
  return Object.assign(disk, {
    url,
    store,
    contents,
    db,
    live,
    access,
    clock,
    files,
    openAnother: open,
    ada,
    async addUser(name: string) {
      const account = { email: `${name}@example.com`, password: `the password of ${name}`, name }
      await ada.post('/users', account)
      return TestCaller.signIn(url, account)
    },
    signInAgain: () => TestCaller.signIn(url, admin),
    newSpace,
    async newText(content: string, name: string, members: Readonly<Record<string, string>>) {
      const { rootId } = await newSpace(members)
      const { id } = await ada.post<Node>('/nodes', { parentId: rootId, name, kind: 'text' })
      if (content !== '') await ada.put(`/nodes/${id}/content`, content)
      return id
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  })
}

async function close(server: Server): Promise<void> {
  server.closeAllConnections()
  server.close()
  await once(server, 'close')
}
