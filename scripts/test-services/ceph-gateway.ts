import { randomUUID } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findFreePort } from '../cluster/free-port.ts'
import { ChildProcesses } from './child-processes.ts'
import { answersHttp, waitUntil } from './wait-until.ts'

const ACCESS_KEY = 'testkey'
const SECRET_KEY = 'testsecret'
const READY_TIMEOUT_MS = 90_000
const FIRST_PORT = 18_100

/**
 * A Ceph of one monitor and one disk in memory behind its S3 gateway, on loopback, for the tests of
 * the S3 adapter. Keeps nothing. `url` is a STORAGE_URL without its bucket, which a test makes.
 */
export async function startCephGateway(stack: AsyncDisposableStack): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'cloudsync-ceph-'))
  stack.defer(() => rm(directory, { recursive: true, force: true }))
  const processes = stack.use(new ChildProcesses())
  const port = await findFreePort(FIRST_PORT)
  const ceph = new Ceph(directory, port, await findFreePort(port + 1), processes)
  await ceph.prepare()
  await ceph.startMonitor()
  await ceph.startDisk()
  await ceph.startGateway()
  return `s3://${ACCESS_KEY}:${SECRET_KEY}@127.0.0.1:${ceph.port}/?tls=false`
}

class Ceph {
  readonly port: number
  readonly #directory: string
  readonly #monitorPort: number
  readonly #processes: ChildProcesses
  readonly #fsid = randomUUID()

  constructor(directory: string, port: number, monitorPort: number, processes: ChildProcesses) {
    this.port = port
    this.#directory = directory
    this.#monitorPort = monitorPort
    this.#processes = processes
  }

  get #config(): string {
    return join(this.#directory, 'ceph.conf')
  }

  get #keyring(): string {
    return join(this.#directory, 'keyring')
  }

  async prepare(): Promise<void> {
    for (const name of ['mon', 'osd', 'run', 'rgw']) await mkdir(join(this.#directory, name))
    await writeFile(
      this.#config,
      configuration(this.#directory, this.#fsid, this.port, this.#monitorPort),
    )
    await this.#run(
      'ceph-authtool',
      '-C',
      this.#keyring,
      '--gen-key',
      '-n',
      'mon.',
      ...allow('mon'),
    )
    for (const name of ['client.admin', 'osd.0', 'client.rgw.x']) {
      const caps = [...allow('mon'), ...allow('osd'), ...allow('mgr')]
      await this.#run('ceph-authtool', this.#keyring, '--gen-key', '-n', name, ...caps)
    }
  }

  async startMonitor(): Promise<void> {
    const map = join(this.#directory, 'monmap')
    const address = `[v2:127.0.0.1:${this.#monitorPort}]`
    const made = ['--create', '--fsid', this.#fsid, '--addv', 'a', address, map]
    await this.#run('monmaptool', ...made)
    const prepared = ['-i', 'a', '--mkfs', '--keyring', this.#keyring, '--monmap', map]
    await this.#run('ceph-mon', ...prepared, '-c', this.#config)
    this.#start('ceph-mon', '-i', 'a')
  }

  async startDisk(): Promise<void> {
    const id = randomUUID()
    await this.#ceph('osd', 'new', id, '0')
    await this.#run('ceph-osd', '-i', '0', '--mkfs', '--osd-uuid', id, '-c', this.#config)
    this.#start('ceph-osd', '-i', '0')
    const isUp = async () => (await this.#ceph('osd', 'stat')).includes('1 up')
    await waitUntil("Ceph's disk", READY_TIMEOUT_MS, isUp)
  }

  async startGateway(): Promise<void> {
    this.#start('radosgw', '-n', 'client.rgw.x')
    const url = `http://127.0.0.1:${this.port}/`
    await waitUntil("Ceph's gateway", READY_TIMEOUT_MS, () => answersHttp(url))
    const keys = [`--access-key=${ACCESS_KEY}`, `--secret=${SECRET_KEY}`]
    const user = ['user', 'create', '--uid=tests', '--display-name=tests', ...keys]
    await this.#run('radosgw-admin', '-c', this.#config, ...user)
  }

  #ceph(...args: readonly string[]): Promise<string> {
    return this.#run('ceph', '-c', this.#config, '--connect-timeout', '20', ...args)
  }

  #run(program: string, ...args: readonly string[]): Promise<string> {
    if (!this.#processes.alive) throw new Error(`A process of Ceph has died before ${program} ran`)
    return this.#processes.run(program, args)
  }

  /** In the foreground, as a child that can be ended. */
  #start(program: string, ...args: readonly string[]): void {
    this.#processes.start(program, [...args, '-c', this.#config, '-f'])
  }
}

function allow(part: string): string[] {
  return ['--cap', part, 'allow *']
}

/**
 * One replica of everything, as few placement groups as there may be. Authentication is on because
 * the gateway does not start without.
 */
function configuration(directory: string, fsid: string, port: number, monitorPort: number): string {
  return `[global]
fsid = ${fsid}
mon host = v2:127.0.0.1:${monitorPort}/0
mon initial members = a
auth cluster required = cephx
auth service required = cephx
auth client required = cephx
auth allow insecure global id reclaim = false
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 8
osd pool default pgp num = 8
osd crush chooseleaf type = 0
mon allow pool size one = true
mon warn on pool no redundancy = false
mon max pg per osd = 1000
public addr = 127.0.0.1
cluster addr = 127.0.0.1
run dir = ${directory}/run
admin socket = ${directory}/run/$name.asok
pid file = ${directory}/run/$name.pid
log file = ${directory}/$name.log
crash dir = ${directory}/crash
keyring = ${directory}/keyring
[mon.a]
mon data = ${directory}/mon
mon_data_avail_crit = 1
mon_data_avail_warn = 2
ms bind msgr1 = false
[osd.0]
osd data = ${directory}/osd
osd objectstore = memstore
memstore device bytes = 4294967296
[client.rgw.x]
rgw frontends = beast endpoint=127.0.0.1:${port}
rgw data = ${directory}/rgw
rgw zone = default
rgw_enable_usage_log = false
`
}
