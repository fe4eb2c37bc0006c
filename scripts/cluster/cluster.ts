import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { readStartCommand } from '../start-command.ts'
import { findFreePort, isFree } from './free-port.ts'
import { nginxConfig } from './nginx-config.ts'
import { SupervisedProcess } from './supervised-process.ts'

export interface ClusterOptions {
  /** What `DATA_DIR` is to one server. What the cluster itself writes lies in `cluster` below it. */
  readonly dataDir: string
  /** Where people come in, on loopback. The other ports are free ones above it. */
  readonly port: number
  readonly servers: number
  readonly programs: { readonly nginx: string; readonly redis: string }
  /** Settings of the servers. */
  readonly env?: Readonly<Record<string, string>>
  readonly report: (line: string) => void
}

export interface ClusterServer {
  /** Where it listens itself, past nginx. */
  readonly url: string
  readonly process: SupervisedProcess
}

/** Several servers on one database and one file storage, with Redis between them and nginx before them. */
export interface Cluster extends AsyncDisposable {
  readonly url: string
  readonly servers: readonly ClusterServer[]
  /** What the first server has to say to the person who started it. */
  readonly banner: string
}

const root = join(import.meta.dirname, '../..')
const start = readStartCommand(root)

/** Resolves when all answer. Disposed of, it stops what it started, the servers first. */
export async function openCluster(options: ClusterOptions): Promise<Cluster> {
  if (!(await isFree(options.port))) throw new Error(`Port ${options.port} is in use`)
  const dataDir = resolve(options.dataDir)
  const directory = join(dataDir, 'cluster')
  // nginx' workers are nobody in particular, and have to find their files.
  await mkdir(directory, { recursive: true, mode: 0o711 })
  await using stack = new AsyncDisposableStack()
  const settings = { ...options, dataDir, directory }
  if (!process.env['DATABASE_URL']) await startDatabase(settings, stack)
  const redisUrl = await startRedis(settings, stack)
  const url = `http://127.0.0.1:${options.port}`
  // Begins last, but ends after the servers, which say good-bye through it.
  const nginx = stack.use(describeNginx(settings, url))
  const servers = await startServers(settings, { url, redisUrl }, stack)
  await writeNginxConfig(settings, servers)
  await nginx.start()
  const banner = await readBanner(join(directory, 'server-1.log'))
  const running = stack.move()
  return { url, servers, banner, [Symbol.asyncDispose]: () => running.disposeAsync() }
}

interface Settings extends ClusterOptions {
  readonly directory: string
}

/** In a process that outlives the servers, which are its guests. */
async function startDatabase(settings: Settings, stack: AsyncDisposableStack): Promise<void> {
  const { dataDir, directory, report } = settings
  const host = new SupervisedProcess({
    name: 'The host of the database',
    command: process.execPath,
    args: [join(root, 'server/src/host-database.ts')],
    env: { DATA_DIR: dataDir },
    logFile: join(directory, 'database.log'),
    // Whoever comes first starts it; the servers wait until it answers.
    isReady: () => Promise.resolve(true),
    report,
  })
  await stack.use(host).start()
}

async function startRedis(settings: Settings, stack: AsyncDisposableStack): Promise<string> {
  const { directory, port, programs, report } = settings
  const redisPort = await findFreePort(port + 100)
  const args = { bind: '127.0.0.1', port: redisPort, save: '', appendonly: 'no', dir: directory }
  const redis = new SupervisedProcess({
    name: 'Redis',
    command: programs.redis,
    args: Object.entries(args).flatMap(([name, value]) => [`--${name}`, String(value)]),
    logFile: join(directory, 'redis.log'),
    isReady: () => isListening(redisPort),
    report,
  })
  await stack.use(redis).start()
  return `redis://127.0.0.1:${redisPort}`
}

async function startServers(
  settings: Settings,
  { url, redisUrl }: { url: string; redisUrl: string },
  stack: AsyncDisposableStack,
): Promise<ClusterServer[]> {
  const { dataDir, directory, env, report } = settings
  const servers: ClusterServer[] = []
  stack.defer(async () => {
    await Promise.all(servers.map(({ process: server }) => server.stop()))
  })
  let port = settings.port
  for (let number = 1; number <= settings.servers; number += 1) {
    port = await findFreePort(port + 1)
    const ownUrl = `http://127.0.0.1:${port}`
    const logFile = join(directory, `server-${number}.log`)
    // The banner is read from it.
    await rm(logFile, { force: true })
    const server = new SupervisedProcess({
      name: `Server ${number}`,
      command: process.execPath,
      args: [...start.nodeFlags, join(root, start.entry)],
      env: {
        ...start.env,
        PUBLIC_URL: process.env['PUBLIC_URL'] || url,
        STORAGE_URL: process.env['STORAGE_URL'] || pathToFileURL(join(dataDir, 'blobs')).href,
        TRUSTED_PROXIES: 'loopback',
        ...env,
        HOST: '127.0.0.1',
        PORT: String(port),
        DATA_DIR: dataDir,
        REDIS_URL: redisUrl,
      },
      logFile,
      isReady: () => isReady(ownUrl),
      report,
    })
    servers.push({ url: ownUrl, process: server })
  }
  await Promise.all(servers.map(({ process: server }) => server.start()))
  return servers
}

function describeNginx(settings: Settings, url: string): SupervisedProcess {
  const { directory, programs, report } = settings
  const logFile = join(directory, 'nginx.log')
  return new SupervisedProcess({
    name: 'nginx',
    command: programs.nginx,
    args: ['-p', directory, '-c', configFile(settings), '-e', logFile],
    logFile,
    isReady: () => isReady(url),
    report,
  })
}

async function writeNginxConfig(
  settings: Settings,
  servers: readonly ClusterServer[],
): Promise<void> {
  const config = nginxConfig({
    listen: `127.0.0.1:${settings.port}`,
    servers: servers.map(({ url }) => new URL(url).host),
    directory: settings.directory,
  })
  await writeFile(configFile(settings), config)
}

function configFile({ directory }: Settings): string {
  return join(directory, 'nginx.conf')
}

/** What the server prints for people stands between the lines of its log, which are JSON. */
async function readBanner(logFile: string): Promise<string> {
  const lines = (await readFile(logFile, 'utf8')).split('\n')
  return lines
    .filter((line) => !line.startsWith('{'))
    .join('\n')
    .trim()
}

async function isReady(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/readyz`)).ok
  } catch {
    return false
  }
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy()
      resolve(true)
    })
    socket.on('error', () => resolve(false))
  })
}
