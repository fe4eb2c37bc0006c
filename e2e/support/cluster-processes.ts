import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { seededRandom } from '@cloudsync/crdt/testing'
import { redisProgram, TestPostgres, TestRedis } from '@cloudsync/server/testing'
import { RedisLink } from './redis-link.ts'
import { findFreePort, ServerProcess } from './server-process.ts'

export interface ClusterOptions {
  readonly nodes: number
  readonly seed: number
  /** Another server entry, for control runs. */
  readonly entry?: string
}

/** Several server processes on one PostgreSQL, each with its own way to one Redis where there is one. */
export interface ClusterProcesses extends AsyncDisposable {
  readonly nodes: readonly ServerProcess[]
  readonly postgres: TestPostgres
  readonly redis: TestRedis | undefined
  readonly links: readonly RedisLink[]
}

export async function openClusterProcesses(options: ClusterOptions): Promise<ClusterProcesses> {
  await using stack = new AsyncDisposableStack()
  const directory = await mkdtemp(join(tmpdir(), 'cloudsync-cluster-'))
  stack.defer(() => rm(directory, { recursive: true, force: true }))
  const postgres = stack.use(await TestPostgres.open(join(directory, 'database')))
  const redis = redisProgram === undefined ? undefined : stack.use(await TestRedis.open())
  const links: RedisLink[] = []
  const nodes: ServerProcess[] = []
  for (let index = 0; index < options.nodes; index += 1) {
    const link =
      redis && (await RedisLink.open(redis.url, seededRandom(options.seed + 100 + index)))
    if (link) links.push(stack.use(link))
    const node = new ServerProcess({
      dataDir: join(directory, `node-${index}`),
      port: await findFreePort(),
      env: {
        DATABASE_URL: postgres.url,
        STORAGE_URL: `file:${join(directory, 'contents')}`,
        ...(link ? { REDIS_URL: link.url } : {}),
      },
      ...(options.entry === undefined ? {} : { entry: options.entry }),
    })
    stack.defer(() => node.kill())
    await node.start()
    nodes.push(node)
  }
  const running = stack.move()
  return { nodes, postgres, redis, links, [Symbol.asyncDispose]: () => running.disposeAsync() }
}
