import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { startTestServer, type TestServer } from './test-server.ts'

/** A whole server whose contents lie on disk, where another one finds them. */
export async function startStoringServer(): Promise<TestServer> {
  await using stack = new AsyncDisposableStack()
  const directory = await mkdtemp(join(tmpdir(), 'cloudsync-storing-'))
  stack.defer(() => rm(directory, { recursive: true, force: true }))
  const storageUrl = pathToFileURL(join(directory, 'blobs')).href
  const env = { STORAGE_URL: storageUrl, DATA_DIR: directory }
  const server = stack.use(await startTestServer({}, env))
  const running = stack.move()
  return { ...server, [Symbol.asyncDispose]: () => running.disposeAsync() }
}
