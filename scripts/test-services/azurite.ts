import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { findFreePort } from '../cluster/free-port.ts'
import { ChildProcesses } from './child-processes.ts'
import { answersHttp, waitUntil } from './wait-until.ts'

/** Not among the dependencies: it brings 450 packages of 365 MB, which nobody needs to run CloudSync. */
const VERSION = '3.37.0'
const READY_TIMEOUT_MS = 100_000
const FIRST_PORT = 18_500

/** The account that Azurite always has. https://learn.microsoft.com/azure/storage/common/storage-use-azurite */
const ACCOUNT = 'devstoreaccount1'
const KEY =
  'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=='

/**
 * Microsoft's emulator of Azure Blob Storage on loopback, for the tests of that adapter; keeps its
 * objects in memory. `url` is a STORAGE_URL without its container, which a test makes.
 */
export async function startAzurite(root: string, stack: AsyncDisposableStack): Promise<string> {
  const processes = stack.use(new ChildProcesses())
  const program = await ensureInstalled(join(root, `.cache/azurite-${VERSION}`), processes)
  const port = await findFreePort(FIRST_PORT)
  const address = ['--blobHost', '127.0.0.1', '--blobPort', String(port)]
  const quiet = ['--silent', '--inMemoryPersistence', '--disableTelemetry', '--skipApiVersionCheck']
  processes.start(process.execPath, [program, ...address, ...quiet])
  await waitUntil('Azurite', READY_TIMEOUT_MS, () => answersHttp(`http://127.0.0.1:${port}/`))
  return `azure://${ACCOUNT}:${encodeURIComponent(KEY)}@127.0.0.1:${port}/?tls=false`
}

async function ensureInstalled(directory: string, processes: ChildProcesses): Promise<string> {
  const program = join(directory, 'node_modules/azurite/dist/src/blob/main.js')
  const stamp = join(directory, '.installed')
  if (existsSync(stamp)) return program
  await mkdir(directory, { recursive: true })
  await writeFile(join(directory, 'package.json'), '{"private":true}\n')
  const where = ['--prefix', directory, '--ignore-scripts', '--no-audit', '--no-fund']
  await processes.run('npm', ['install', ...where, `azurite@${VERSION}`])
  await writeFile(stamp, '')
  return program
}
