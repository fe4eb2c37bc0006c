import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { holdTestServer } from '../../server/testing/test-database.ts'
import { ceph, exfatFuse, mkfsVfat, type Program } from '../system-programs.ts'
import { startAzurite } from './azurite.ts'
import { startCephGateway } from './ceph-gateway.ts'

/** What a test file may need and is started once for all of them, while others already run. */
interface Service {
  name: string
  usedBy: RegExp
  program?: Program
  /** Gives its address, or nothing where tests find it by themselves. */
  start: (root: string, stack: AsyncDisposableStack) => Promise<string | undefined>
}

const SERVICES: readonly Service[] = [
  {
    name: 's3',
    usedBy: /^(storage|server)\/.*\bs3-/,
    program: ceph,
    start: (_root, stack) => startCephGateway(stack),
  },
  { name: 'postgres', usedBy: /^(client|server)\//, start: holdDatabases },
  { name: 'azure', usedBy: /^storage\/.*\bazure-/, start: startAzurite },
]

const mountsFileSystems = /^client\/.*\bfat-disk/

function servicesFor(files: readonly string[]): readonly Service[] {
  return SERVICES.filter(({ usedBy }) => files.some((file) => usedBy.test(file)))
}

export function programsFor(files: readonly string[]): readonly Program[] {
  const mounted = files.some((file) => mountsFileSystems.test(file)) ? [mkfsVfat, exfatFuse] : []
  return [...servicesFor(files).flatMap(({ program }) => program ?? []), ...mounted]
}

/**
 * Starts the services that these files need. Where each can be found, or why not, will stand in
 * `<name>.json` in the folder that the variable TEST_SERVICES names; tests wait for it.
 */
export async function startTestServices(
  root: string,
  files: readonly string[],
): Promise<AsyncDisposable> {
  const stack = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'cloudsync-services-'))
  stack.defer(() => rm(folder, { recursive: true, force: true }))
  process.env['TEST_SERVICES'] = folder
  const started = servicesFor(files).map(async (service) => {
    await announce(folder, service.name, await start(service, root, stack))
  })
  return {
    async [Symbol.asyncDispose]() {
      await Promise.all(started)
      await stack.disposeAsync()
    },
  }
}

async function start(service: Service, root: string, stack: AsyncDisposableStack) {
  const own = stack.use(new AsyncDisposableStack())
  const { program } = service
  if (program && !process.env[program.variable]) return { missing: `${program.name} is not there` }
  try {
    return { url: await service.start(root, own) }
  } catch (error) {
    return { missing: `${service.name} did not start: ${String(error)}` }
  }
}

/** Else whichever file is the last that needs it takes it away, and the next one has to make it anew. */
async function holdDatabases(_root: string, stack: AsyncDisposableStack): Promise<undefined> {
  stack.use(await holdTestServer())
}

/** In one step, so that a reader finds all of it or nothing. */
async function announce(folder: string, name: string, state: object): Promise<void> {
  await writeFile(join(folder, `${name}.part`), JSON.stringify(state))
  await rename(join(folder, `${name}.part`), join(folder, `${name}.json`))
}
