import { openServer, parseConfig, readEnv } from '@cloudsync/server/testing'

/**
 * The control of the torture of several servers: the same server, but it tells the others of edits before
 * they are committed. Others then build on what a crash takes away. A torture that this one survives
 * proves nothing.
 */
const server = await openServer(parseConfig(readEnv()), { live: { publish: 'applied' } })
process.once('SIGTERM', () => void server[Symbol.asyncDispose]().then(() => process.exit(0)))
