/**
 * `npm run cluster -- --servers 3 --port 8080`: several servers on one PostgreSQL and one file storage, with
 * Redis between them and nginx before them, all on loopback, until Ctrl+C.
 */
import { parseArgs } from 'node:util'
import { ensurePrograms, nginx, redis } from '../system-programs.ts'
import { openCluster } from './cluster.ts'

const { values } = parseArgs({
  options: {
    servers: { type: 'string', default: '2' },
    port: { type: 'string', default: process.env['PORT'] || '8080' },
  },
})

const [servers, port] = [Number(values.servers), Number(values.port)]
if (!Number.isInteger(servers) || servers < 1 || !Number.isInteger(port) || port < 1) {
  console.error('--servers and --port take a number each')
  process.exit(1)
}

const found = ensurePrograms([nginx, redis])
const paths = {
  nginx: found.environment[nginx.variable],
  redis: found.environment[redis.variable],
}
if (paths.nginx === undefined || paths.redis === undefined) {
  for (const line of found.missing) console.error(`The cluster lacks ${line}`)
  process.exit(1)
}

const stopped = Promise.withResolvers<void>()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () => stopped.resolve())
try {
  await using cluster = await openCluster({
    dataDir: process.env['DATA_DIR'] || './data',
    port,
    servers,
    programs: { nginx: paths.nginx, redis: paths.redis },
    report: (line) => console.error(line),
  })
  console.log(`\n${cluster.banner}\n`)
  console.log(`${cluster.servers.length} servers behind nginx; Ctrl+C stops them all.\n`)
  await stopped.promise
  console.log('Stopping …')
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
