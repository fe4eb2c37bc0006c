import { readMetric } from './read-metric.ts'
import { waitUntil } from './stock-clients.ts'
import { TestRedis } from './test-redis.ts'
import { startTestServer, type AnotherServer, type TestServer } from './test-server.ts'

export interface TestCluster extends AsyncDisposable {
  readonly one: TestServer
  readonly two: AnotherServer
  readonly redis: TestRedis | undefined
}

/** Two servers on one database that know of each other. */
export async function openTestCluster(withRedis: boolean): Promise<TestCluster> {
  await using stack = new AsyncDisposableStack()
  const redis = withRedis ? stack.use(await TestRedis.open()) : undefined
  const one = stack.use(await startTestServer({}, redis ? { REDIS_URL: redis.url } : {}))
  const two = stack.use(await one.openAnother())
  for (const server of [one, two])
    await waitUntil(
      'it knows of the other',
      async () => (await readMetric(server, 'cloudsync_servers')) === 2,
    )
  if (redis)
    for (const server of [one, two])
      await waitUntil(
        'Redis is connected',
        async () => (await readMetric(server, 'cloudsync_redis_connected')) === 1,
      )
  const running = stack.move()
  return { one, two, redis, [Symbol.asyncDispose]: () => running.disposeAsync() }
}
