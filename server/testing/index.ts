export { findTreeFaults } from './check-tree.ts'
export { blockAppends } from './block-appends.ts'
export { blockTable } from './block-table.ts'
export { failNextAppend } from './fail-next-append.ts'
export { readMetric } from './read-metric.ts'
export { openServer, type CloudSyncServer } from '../src/server.ts'
export type { ServerOverrides } from '../src/parts/server-overrides.ts'
export { parseConfig } from '../src/config/config.ts'
export { readEnv } from '../src/config/env.ts'
export {
  openTestHistory,
  openTestKeys,
  openTestSeals,
  openTestStore,
  testMasterKeyFile,
} from './test-keys.ts'
export { holdTestServer, openTestDatabase } from './test-database.ts'
export { startTestServer, testAdmin, type TestServer } from './test-server.ts'
export { countLogRows } from './count-log-rows.ts'
export { docOf, openWriter } from './raw-writer.ts'
export { RawClient, typed, type RawFrame } from './raw-client.ts'
export {
  openStockClient,
  openYWebsocketClient,
  waitUntil,
  type StockClient,
} from './stock-clients.ts'
export { TestCaller } from './test-caller.ts'
export { codeOf, TestPage } from './test-page.ts'
export { startTusUpload } from './tus-upload.ts'
export { openTestCluster, type TestCluster } from './test-cluster.ts'
export { redisProgram, TestRedis } from './test-redis.ts'
export { TestLink } from './test-link.ts'
export { TestPostgres } from './test-postgres.ts'
export { findContentFaults } from '../src/features/contents/testing/find-content-faults.ts'
export { endpoint, json } from '../src/platform/http/endpoint.ts'
