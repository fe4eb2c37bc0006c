import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { writeRandomFile } from '../../corpora/random-bytes.ts'
import { writeSystemTar } from '../../corpora/system-tar.ts'
import {
  createFile,
  createKnownFile,
  downloadContent,
  uploadContent,
} from '../../load/file-transfers.ts'
import { ingest } from '../../load/ingest.ts'
import { readPieces } from '../../load/read-pieces.ts'
import {
  directoryBytes,
  makeBorgRepository,
  makeResticRepository,
  type MakeRepository,
} from '../../peers/backup-repository.ts'
import { CloudSyncPeer, makeDataDir } from '../../peers/cloudsync-peer.ts'
import { CpuMeter } from '../../peers/cpu-meter.ts'
import { copyByRclone } from '../../peers/rclone-copy.ts'
import type { RestCaller } from '../../peers/rest-caller.ts'
import { ForeignLoad } from '../../report/foreign-load.ts'
import { checkGoal } from '../../report/goals.ts'
import { formatNumber, formatSpread } from '../../report/markdown.ts'
import type { Goal, Table } from '../../report/report.ts'
import { median } from '../../report/statistics.ts'
import type { Part, PartContext } from '../in-parts.ts'
import { mebibyte, megabyte } from './units.ts'

const MIN_INGEST_RATIO = 1.5
const MIN_HTTP_RATIO = 1
const MIN_UP_MB_PER_SECOND = 150
const MIN_DOWN_MB_PER_SECOND = 250
const MAX_KNOWN_MS = 50
/** How often a content is asked for by its hash. */
const knownFiles = 20
/** What a store has taken in before, as Node compiles what is called often while it runs. */
const warmUpBytes = 64 * mebibyte

/** One upload of the corpus, or one transfer. */
interface Figures {
  readonly mbPerSecond: number
  readonly mbPerCpuSecond: number
  /** Of what went in; NaN where nothing is stored. */
  readonly storedShare: number
}

const ways = {
  ingest: 'CloudSync, the ingest alone',
  http: 'CloudSync, client, server and database',
  restic: 'restic',
  borg: 'Borg, zstd 1',
  rclone: 'rclone to a WebDAV server of its own, the whole as it is',
  httpDown: 'Download of the tar',
  randomUp: 'Upload, incompressible',
  randomDown: 'Download, incompressible',
  again: 'The same tar in another folder',
}
type Way = keyof typeof ways
type Round = Partial<Record<Way, Figures>>

/** What it costs to store what was never there, and to have it back. */
export async function measureFirstUploads(context: PartContext): Promise<Part> {
  const sizeBytes = (context.isQuick ? 48 : 512) * mebibyte
  const tar = join(context.workDir, 'system.tar')
  await writeSystemTar(tar, sizeBytes)
  const sha256 = await hashFile(tar)
  const rounds: Round[] = []
  const knownMs: number[] = []
  const foreignCores: number[] = []
  for (let round = 1; round <= context.rounds; round += 1) {
    const foreign = new ForeignLoad([process.pid])
    rounds.push({
      ingest: await ingestAlone(tar, sizeBytes),
      ...(await backUp(context, 'restic', tar, sizeBytes)),
      ...(await overHttp(context, tar, { sizeBytes, sha256, knownMs })),
      ...(await backUp(context, 'borg', tar, sizeBytes)),
      ...(await copyWhole(context, tar, sizeBytes)),
    })
    foreignCores.push((await foreign.cores()) ?? Number.NaN)
    context.say(`storage, round ${round}: ${describe(rounds.at(-1) ?? {})}`)
  }
  await rm(tar)
  return {
    method: [
      `A tar of ${sizeBytes / mebibyte} MiB of files of /usr/lib and /usr/share, drawn by the hashes of their paths; MB are of 10⁶ bytes; everything is read from the page cache`,
      'The ingest alone: cut, hash, compress, seal, pack, index and fsync, on the embedded database and files, in a process of its own that has taken in 64 MiB before; neither its start nor that of a server counts, nor what restic and Borg use to open a repository',
      'By HTTP: one client, whose work counts too, against a server that has taken 64 MiB before; each round has a new server, a new repository and new random bytes',
      `${rounds.length} rounds, medians (least–most); others kept ${median(foreignCores).toFixed(2)} cores busy (databases of servers count as others here)`,
    ],
    tables: [
      tableOf('First upload of the tar', ['ingest', 'http', 'restic', 'borg', 'rclone'], rounds),
      tableOf('By HTTP', ['http', 'again', 'httpDown', 'randomUp', 'randomDown'], rounds),
    ],
    goals: [
      ...goalsToRestic(rounds),
      ...speedGoals(rounds),
      storedAgain(rounds),
      askedAgain(knownMs),
    ],
  }
}

async function ingestAlone(tar: string, sizeBytes: number): Promise<Figures> {
  const dataDir = await makeDataDir()
  const spent = await ingest(dataDir, [tar], warmUpBytes)
  await rm(dataDir, { recursive: true })
  return figures(sizeBytes, spent)
}

const repositories = {
  restic: { variable: 'RESTIC_BIN', make: makeResticRepository },
  borg: { variable: 'BORG_BIN', make: makeBorgRepository },
} satisfies Record<string, { variable: string; make: MakeRepository }>

async function backUp(
  { programs }: PartContext,
  name: keyof typeof repositories,
  file: string,
  sizeBytes: number,
): Promise<Round> {
  const { variable, make } = repositories[name]
  const program = programs[variable]
  if (program === undefined) return {}
  const directory = join(await makeDataDir(), name)
  const repository = await make(program, directory)
  const opening = await repository.open()
  const backup = await repository.backUp(file)
  const storedBytes = await directoryBytes(directory)
  await rm(directory, { recursive: true })
  const spent = {
    seconds: backup.seconds - opening.seconds,
    cpuSeconds: backup.cpuSeconds - opening.cpuSeconds,
    storedBytes,
  }
  return { [name]: figures(sizeBytes, spent) }
}

async function copyWhole(
  { programs }: PartContext,
  file: string,
  sizeBytes: number,
): Promise<Round> {
  const { RCLONE_BIN: program } = programs
  if (program === undefined) return {}
  const directory = await makeDataDir()
  const copying = await copyByRclone(program, file, directory)
  const storedBytes = await directoryBytes(directory)
  await rm(directory, { recursive: true })
  return { rclone: figures(sizeBytes, { ...copying, storedBytes }) }
}

interface HttpWork {
  readonly sizeBytes: number
  /** Of the tar. */
  readonly sha256: string
  /** Where the times of asking by the hash go. */
  readonly knownMs: number[]
}

async function overHttp(
  { workDir }: PartContext,
  tar: string,
  { sizeBytes, sha256, knownMs }: HttpWork,
): Promise<Round> {
  await using peer = await CloudSyncPeer.open()
  const caller = await peer.addUser('uploader')
  const client = new MeasuredClient(peer, caller)
  const random = join(workDir, 'random')
  const { rootId } = await caller.space()
  const [first = '', second = ''] = await caller.createFolders(rootId, ['first', 'second'])
  await writeRandomFile(random, warmUpBytes)
  const warmUp = await createFile(caller, first, 'warm-up')
  await client.upload(warmUp, random, warmUpBytes)
  await client.download(warmUp, warmUpBytes)
  await writeRandomFile(random, sizeBytes)
  const tarId = await createFile(caller, first, 'system.tar')
  const randomId = await createFile(caller, first, 'random')
  const round = {
    http: await client.upload(tarId, tar, sizeBytes),
    httpDown: await client.download(tarId, sizeBytes),
    randomUp: await client.upload(randomId, random, sizeBytes),
    randomDown: await client.download(randomId, sizeBytes),
    again: await client.upload(await createFile(caller, second, 'system.tar'), tar, sizeBytes),
  }
  await rm(random)
  const folders = await caller.createFolders(
    rootId,
    Array.from({ length: knownFiles }, (_, n) => `known ${n}`),
  )
  for (const parentId of folders) {
    const begin = performance.now()
    await createKnownFile(caller, { parentId, filename: 'system.tar', sha256, sizeBytes })
    knownMs.push(performance.now() - begin)
  }
  return round
}

/** Transfers files, with what that takes here, of the server and of its database. */
class MeasuredClient {
  readonly #peer: CloudSyncPeer
  readonly #caller: RestCaller

  constructor(peer: CloudSyncPeer, caller: RestCaller) {
    this.#peer = peer
    this.#caller = caller
  }

  async upload(nodeId: string, file: string, sizeBytes: number): Promise<Figures> {
    const before = await this.#storedBytes()
    const spent = await this.#measure(() => {
      return uploadContent(this.#caller, nodeId, { body: readPieces(file), sizeBytes })
    })
    return figures(sizeBytes, { ...spent, storedBytes: (await this.#storedBytes()) - before })
  }

  async download(nodeId: string, sizeBytes: number): Promise<Figures> {
    let bytes = 0
    const spent = await this.#measure(async () => {
      bytes = await downloadContent(this.#caller, nodeId)
    })
    if (bytes !== sizeBytes) throw new Error(`${bytes} bytes came, of ${sizeBytes}`)
    return figures(sizeBytes, { ...spent, storedBytes: Number.NaN })
  }

  async #measure(work: () => Promise<void>) {
    const cpu = await CpuMeter.start([process.pid, ...(await this.#peer.processRoots())])
    const begin = performance.now()
    await work()
    const seconds = (performance.now() - begin) / 1000
    return { seconds, cpuSeconds: await cpu.seconds() }
  }

  #storedBytes(): Promise<number> {
    return directoryBytes(join(this.#peer.dataDir, 'blobs'))
  }
}

function figures(
  sizeBytes: number,
  spent: { readonly seconds: number; readonly cpuSeconds: number; readonly storedBytes: number },
): Figures {
  const megabytes = sizeBytes / megabyte
  return {
    mbPerSecond: megabytes / spent.seconds,
    mbPerCpuSecond: megabytes / spent.cpuSeconds,
    storedShare: spent.storedBytes / sizeBytes,
  }
}

function valuesOf(rounds: readonly Round[], way: Way, key: keyof Figures): number[] {
  return rounds.flatMap((round) => round[way]?.[key] ?? [])
}

function tableOf(title: string, shown: readonly Way[], rounds: readonly Round[]): Table {
  const cell = (way: Way, key: keyof Figures, digits: number) => {
    const values = valuesOf(rounds, way, key)
    return values.some(Number.isNaN) ? '' : formatSpread(values, digits)
  }
  return {
    title,
    header: ['', 'MB/s', 'MB per CPU-second', 'stored : sent'],
    rows: shown
      .filter((way) => valuesOf(rounds, way, 'mbPerSecond').length > 0)
      .map((way) => [
        ways[way],
        cell(way, 'mbPerSecond', 0),
        cell(way, 'mbPerCpuSecond', 1),
        cell(way, 'storedShare', 3),
      ]),
  }
}

function goalsToRestic(rounds: readonly Round[]): Goal[] {
  const goal = (way: 'ingest' | 'http', what: string, limit: number) => {
    const ratios = rounds.flatMap((round) =>
      round.restic && round[way] ? round[way].mbPerCpuSecond / round.restic.mbPerCpuSecond : [],
    )
    if (ratios.length === 0) return []
    const text = `First upload, MB per CPU-second, ${what}: at least ${limit} × restic's`
    return checkGoal({ text, measured: median(ratios), limit, unit: '×', digits: 2, atLeast: true })
  }
  return [
    goal('ingest', 'the ingest alone', MIN_INGEST_RATIO),
    goal('http', 'both ends over HTTP', MIN_HTTP_RATIO),
  ].flat()
}

function speedGoals(rounds: readonly Round[]): Goal[] {
  const goal = (way: Way, limit: number) =>
    checkGoal({
      text: `${way === 'http' ? 'Upload of the tar' : ways[way]}: at least ${limit} MB/s`,
      measured: median(valuesOf(rounds, way, 'mbPerSecond')),
      limit,
      unit: ' MB/s',
      digits: 0,
      atLeast: true,
    })
  return [
    goal('http', MIN_UP_MB_PER_SECOND),
    goal('randomUp', MIN_UP_MB_PER_SECOND),
    goal('httpDown', MIN_DOWN_MB_PER_SECOND),
    goal('randomDown', MIN_DOWN_MB_PER_SECOND),
  ]
}

function storedAgain(rounds: readonly Round[]): Goal {
  return checkGoal({
    text: 'The same file again in another folder: no bytes stored',
    measured: Math.max(...valuesOf(rounds, 'again', 'storedShare')) * 100,
    limit: 0,
    unit: ' %',
    digits: 3,
  })
}

function askedAgain(knownMs: readonly number[]): Goal {
  return checkGoal({
    text: 'The same file again in another folder, by its hash: no content bytes, at most 50 ms',
    measured: median(knownMs),
    limit: MAX_KNOWN_MS,
    unit: ' ms',
    digits: 1,
  })
}

async function hashFile(file: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const bytes of createReadStream(file)) hash.update(bytes as Buffer)
  return hash.digest('hex')
}

function describe(round: Round): string {
  return Object.entries(round)
    .map(
      ([way, { mbPerSecond, mbPerCpuSecond }]) =>
        `${way} ${formatNumber(mbPerSecond, 0)} MB/s, ${formatNumber(mbPerCpuSecond, 0)} per CPU-second`,
    )
    .join('; ')
}
