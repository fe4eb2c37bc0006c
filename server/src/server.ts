import { mkdir, statfs } from 'node:fs/promises'
import type { RequestListener, Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import type { Express } from 'express'
import type { Logger } from 'pino'
import { collectDefaultMetrics, Registry } from 'prom-client'
import { openBlobStore, type BlobStore, type StoreSpace } from '@cloudsync/storage'
import {
  authorizeBy,
  GrantExpiries,
  openAccess,
  openSharing,
  type Access,
} from '#features/access/index.ts'
import { openAdministration } from '#features/admin/index.ts'
import {
  contentKeysOf,
  openContents,
  type FindSpaces,
  type OpenContentsOptions,
} from '#features/contents/index.ts'
import { FolderProjection, openFiles, type FilesOptions } from '#features/files/index.ts'
import {
  openIdentity,
  RedisEndedSessions,
  type Identity,
  type IdentityOptions,
} from '#features/identity/index.ts'
import {
  openBus,
  openLive,
  type ClusterLinks,
  type Live,
  type LiveOptions,
} from '#features/live/index.ts'
import { openOAuth, type OAuth } from '#features/oauth/index.ts'
import { openSpaces } from '#features/spaces/index.ts'
import { openUploads } from '#features/uploads/index.ts'
import { systemClock, type Clock } from '#platform/clock.ts'
import { ServerRoll } from '#platform/cluster/server-roll.ts'
import { openDatabase, type Database } from '#platform/db/database.ts'
import { migrate } from '#platform/db/migrate.ts'
import { migrations } from '#platform/db/migrations/index.ts'
import { Notices } from '#platform/db/notices.ts'
import { followRotations } from '#platform/keys/follow-rotations.ts'
import { openKeyRing, type KeyRing } from '#platform/keys/key-ring.ts'
import { MasterKeyFile } from '#platform/keys/master-key-file.ts'
import { AllowedOrigins } from '#platform/http/allowed-origins.ts'
import type { Endpoint } from '#platform/http/endpoint.ts'
import { LoadShedder } from '#platform/http/limits/load-shedder.ts'
import { RequestLimiter } from '#platform/http/limits/request-limiter.ts'
import { openHttpServer } from '#platform/http/open-http-server.ts'
import { refuseUpgrade } from '#platform/http/refuse-upgrade.ts'
import { openRedisLink } from '#platform/redis/open-redis-link.ts'
import type { RedisLink } from '#platform/redis/redis-link.ts'
import { meterBreaker } from '#platform/resilience/breaker-metrics.ts'
import { openMail, type MailServiceOptions } from '#platform/mail/open-mail.ts'
import { createApp } from './app.ts'
import type { ServerConfig } from './config/config.ts'
import { openLog } from './open-log.ts'

export interface CloudSyncServer extends AsyncDisposable {
  /** Where it listens, such as `http://127.0.0.1:8080`. */
  readonly url: string
  /** What to tell the person who started it. */
  readonly banner: string
  /** What it serves below `/api/v1`. */
  readonly endpoints: readonly Endpoint[]
}

export interface ServerOverrides {
  /** Disposed of when all else is. */
  readonly held?: AsyncDisposable
  readonly log?: Logger
  /** Beside those of the features. */
  readonly endpoints?: readonly Endpoint[]
  readonly live?: Pick<LiveOptions, 'acknowledge' | 'idleMs' | 'limits' | 'publish'>
  readonly contents?: Pick<OpenContentsOptions, 'collectEveryMs'> & {
    /** Of the leases of contents, and of their ages. */
    readonly clock?: Clock
    /** Puts something in front of the store, and need not dispose of it. */
    readonly wrapStore?: (store: BlobStore) => BlobStore
  }
  readonly mail?: Pick<MailServiceOptions, 'pollMs' | 'firstRetryMs' | 'breakerPauseMs'>
}

/** Never changes, wherever the server is reached: tokens outlive a move to another address. */
const tokenIssuer = 'cloudsync'

const webRoot = fileURLToPath(new URL('../../web/dist', import.meta.url))

/** How long a shutdown waits for requests under way. */
const shutdownTimeoutMs = 10_000

/** Each measurement of the delay of the event loop wakes the process, however idle it is. */
const loopMonitoringMs = 50

/** Opens all parts in order and listens; closing the server closes them in reverse. */
export async function openServer(
  config: ServerConfig,
  overrides: ServerOverrides = {},
): Promise<CloudSyncServer> {
  const started = performance.now()
  await using stack = new AsyncDisposableStack()
  if (overrides.held) stack.use(overrides.held)
  const log = overrides.log ?? openLog(config)
  const metrics = openMetrics()
  const clock = systemClock

  const { db, keys } = await openData(config, { log, metrics }, stack)
  const redis = stack.use(await openRedisLink(config.redisUrl, { log, metrics }))
  const base = { db, keys, clock, log, metrics, redis }
  const links = await openLinks(config, { db, keys }, log, stack)
  const { notices } = links
  const access = startAccess({ db, clock, log, notices }, stack)
  const spaceDefaults = config.newSpaces
  const place = { url: listeningUrl(config.http) }
  const publicUrl = () => config.http.publicUrl ?? place.url
  const mail = stack.use(await openMail({ ...base, config: config.mail, ...overrides.mail }))
  const endedSessions = redis && stack.use(RedisEndedSessions.open(redis, log))
  const heard = { notices, endedSessions, publicUrl, mail }
  const identity = await startIdentity(config, { ...base, ...heard }, stack)
  const account = await identity.ensureFirstAccount()
  const oauth = stack.use(openOAuth({ ...base, ...config, identity, publicUrl }))
  const projection = new FolderProjection(clock, access)
  const spaces = openSpaces({ db, access, people: identity, defaults: spaceDefaults })
  const sharing = openSharing({ db, clock, access, people: identity })
  // Sockets belong to it too: it has closed only when the live core has sent them away.
  const http = openHttpServer()
  stack.defer(() => untilClosed(http))
  const live = stack.use(
    await openLive({
      ...base,
      identity,
      access,
      links,
      documentMemoryBytes: config.live.documentMemoryBytes,
      openProjector: (documents) => projection.openProjector(documents),
      ...overrides.live,
    }),
  )
  const { contents, findSpaces } = await openStorage(config, base, stack, overrides.contents)
  const files = await startFiles(
    {
      ...base,
      live: live.documents,
      folders: live.folders,
      projection,
      access,
      contents: contents.contents,
      identity,
      findSpaces,
      versionRetention: config.versionRetention,
    },
    stack,
  )
  contents.start()

  const others = { endpoints: [], ...overrides }
  const administration = openAdministration(base)
  const features = [identity, oauth, sharing, spaces, administration, live, contents, files]
  const parts = [...features, others]
  const endpoints = parts.flatMap((part) => [...part.endpoints])
  const app = openApp(config, { ...base, links, identity, oauth, access, live, endpoints })
  serve(http, { app, live, origins: openOrigins(config.http) })
  const url = await startListening(http, config, stack)
  place.url = url
  // The first to end: requests are answered meanwhile, and one of them that it is not ready any more.
  stack.defer(() => live.drain())
  log.info({ url, startMs: Math.round(performance.now() - started) }, 'ready')

  const running = stack.move()
  return {
    url,
    endpoints,
    banner: banner(publicUrl(), account),
    async [Symbol.asyncDispose]() {
      log.info('stopping')
      await running.disposeAsync()
    },
  }
}

function openMetrics(): Registry {
  const metrics = new Registry()
  collectDefaultMetrics({ register: metrics, eventLoopMonitoringPrecision: loopMonitoringMs })
  return metrics
}

/** The database as this version has it, and the keys to what is sealed in it. */
async function openData(
  config: ServerConfig,
  { log, metrics }: { readonly log: Logger; readonly metrics: Registry },
  stack: AsyncDisposableStack,
) {
  const db = stack.use(await openDatabase(config.database, log, { metrics }))
  await migrate(db, migrations, log)
  return { db, keys: await openKeyRing(db, new MasterKeyFile(config.masterKey)) }
}

/** Accounts. Their mails go out when all that ask for some can be answered. */
async function startIdentity(
  config: ServerConfig,
  parts: Omit<IdentityOptions, 'issuer' | 'firstAccount'>,
  stack: AsyncDisposableStack,
): Promise<Identity> {
  const { firstAccount, newSpaces: spaceDefaults } = config
  const accounts = { firstAccount, spaceDefaults, issuer: tokenIssuer }
  const identity = stack.use(await openIdentity({ ...parts, ...accounts }))
  parts.mail.worker.start()
  return identity
}

/** Gives where it can be reached. */
async function startListening(
  http: Server,
  config: ServerConfig,
  stack: AsyncDisposableStack,
): Promise<string> {
  await listen(http, config.http)
  stack.defer(() => {
    http.close()
    http.closeIdleConnections()
  })
  const { port } = http.address() as AddressInfo
  return listeningUrl({ ...config.http, port })
}

/** The notice of a server that is new on the roll. */
const serverJoined = 'server_joined'

/** The ways to the other servers. */
async function openLinks(
  config: ServerConfig,
  { db, keys }: { readonly db: Database; readonly keys: KeyRing },
  log: Logger,
  stack: AsyncDisposableStack,
): Promise<ClusterLinks> {
  const roll = stack.use(await ServerRoll.open({ db: db.kysely, log }))
  const notices = stack.use(Notices.open({ db, log }, roll.serverId))
  notices.on(serverJoined, () => void roll.beat())
  void notices.send(serverJoined)
  followRotations(keys, notices, log)
  const bus = stack.use(await openBus(config.redisUrl, log))
  return { roll, notices, bus }
}

function openOrigins({ corsOrigins, publicUrl }: ServerConfig['http']): AllowedOrigins {
  const own = publicUrl === undefined ? [] : [new URL(publicUrl).origin]
  return new AllowedOrigins([...own, ...corsOrigins])
}

interface Served {
  readonly app: RequestListener
  readonly live: Live
  readonly origins: AllowedOrigins
}

function serve(http: Server, { app, live, origins }: Served): void {
  http.on('request', app)
  http.on('upgrade', (request, socket, head) => {
    if (!origins.admits(request)) refuseUpgrade(socket, 'origin_refused')
    else if (!live.handleUpgrade(request, socket, head)) refuseUpgrade(socket, 'not_found')
  })
}

/** The contents of files, and what is left of the room for them. */
async function openStorage(
  config: ServerConfig,
  parts: Pick<OpenContentsOptions, 'db' | 'clock' | 'log' | 'metrics'> & { readonly keys: KeyRing },
  stack: AsyncDisposableStack,
  { wrapStore = (store) => store, ...overrides }: NonNullable<ServerOverrides['contents']> = {},
) {
  // With database, key and store elsewhere nobody else makes it.
  await mkdir(config.dataDir, { recursive: true })
  const breaker = meterBreaker(parts.metrics, 'store')
  const store = wrapStore(stack.use(await openBlobStore(config.storage, { breaker })))
  const keys = contentKeysOf(parts.keys)
  const { backupWindowMs } = config
  const contents = stack.use(openContents({ ...parts, store, keys, backupWindowMs, ...overrides }))
  return { contents, findSpaces: () => listSpaces(store, config) }
}

interface AppParts {
  readonly log: Logger
  readonly metrics: Registry
  readonly redis: RedisLink | undefined
  readonly db: Database
  readonly links: ClusterLinks
  readonly identity: Identity
  readonly oauth: OAuth
  readonly access: Access
  readonly live: Live
  readonly endpoints: readonly Endpoint[]
}

function openApp(config: ServerConfig, parts: AppParts): Express {
  const { db, links, identity, oauth, access, live, endpoints, log, metrics, redis } = parts
  const gates = {
    limiter: new RequestLimiter({ perMinute: config.http.rateLimitPerMinute, redis }),
    shedder: new LoadShedder({ metrics }),
  }
  return createApp({
    ...gates,
    endpoints,
    routers: [identity.wellKnownRouter(), oauth.router(gates)],
    authenticate: identity.authenticate,
    cookies: identity.cookies,
    authorize: authorizeBy(access),
    origins: openOrigins(config.http),
    log,
    metrics,
    trustedProxies: config.http.trustedProxies,
    findTrouble: () => findTrouble(db, live),
    describeState: () =>
      config.redisUrl === undefined ? {} : { redis: links.bus.isConnected ? 'connected' : 'away' },
    webRoot,
  })
}

/** Who may do what, also when a grant runs out. */
function startAccess(parts: Parameters<typeof openAccess>[0], stack: AsyncDisposableStack) {
  const access = openAccess(parts)
  stack.use(
    GrantExpiries.start({
      ...parts,
      access,
      onExpired: (change) => access.noteAccessChanged(change),
    }),
  )
  return access
}

/** Files, and the uploads that become files. */
async function startFiles(
  options: FilesOptions & { readonly findSpaces: FindSpaces },
  stack: AsyncDisposableStack,
) {
  const files = stack.use(openFiles(options))
  const uploads = stack.use(openUploads({ ...options, files: files.uploaded }))
  await files.start()
  uploads.start()
  return { endpoints: [...files.endpoints, ...uploads.endpoints] }
}

/** What is left on the disks that uploads fill: the store's, and that of our data, which holds the log. */
async function listSpaces(store: BlobStore, { dataDir }: ServerConfig): Promise<StoreSpace[]> {
  const { bavail, blocks, bsize } = await statfs(dataDir)
  const ours = { freeBytes: bavail * bsize, totalBytes: blocks * bsize }
  const spaces = [await store.findSpace(), ours]
  return spaces.filter((space) => space !== undefined)
}

async function findTrouble(db: Database, live: Live): Promise<string | undefined> {
  if (!(await db.isReachable())) return 'the database cannot be reached'
  return live.findTrouble()
}

function listen(http: Server, { host, port }: ServerConfig['http']): Promise<void> {
  return new Promise((resolve, reject) => {
    http.once('error', reject)
    http.listen(port, host, () => {
      http.off('error', reject)
      resolve()
    })
  })
}

/** Lets requests under way finish, and cuts off what takes too long. */
async function untilClosed(http: Server): Promise<void> {
  const timer = setTimeout(() => http.closeAllConnections(), shutdownTimeoutMs)
  // A server that never listened has nothing to close.
  if (http.listening) http.close()
  await new Promise<void>((resolve) => {
    http.getConnections((_error, count) => {
      if (count === 0) resolve()
      else http.once('close', resolve)
    })
  })
  clearTimeout(timer)
}

function listeningUrl({ host, port }: { readonly host: string; readonly port: number }): string {
  return `http://${hostInUrl(host)}:${port}`
}

function hostInUrl(host: string): string {
  if (host === '0.0.0.0' || host === '::') return 'localhost'
  return host.includes(':') ? `[${host}]` : host
}

type FirstAccount = Awaited<
  ReturnType<Awaited<ReturnType<typeof openIdentity>>['ensureFirstAccount']>
>

function banner(url: string, account: FirstAccount): string {
  const lines = [`CloudSync is ready at ${url}`]
  if (account.kind === 'link')
    lines.push(
      '',
      'Nobody has an account yet. Make the first one here (the link works once):',
      `  ${url}/setup#${account.token}`,
    )
  return `\n${lines.join('\n')}\n\n`
}
