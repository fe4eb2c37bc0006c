import { randomBytes } from 'node:crypto'
import { copyFile, mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { writeRandomFile } from '../../corpora/random-bytes.ts'
import { openCloudSyncPair, type CloudSyncPair } from '../../peers/cloudsync-folders.ts'
import { editPeers, measurePeers } from '../../peers/edit-peers.ts'
import { openSyncthingPair, type SyncthingPair } from '../../peers/syncthing-folders.ts'
import { untilTrue } from '../../peers/until-true.ts'
import { formatNumber } from '../../report/markdown.ts'
import { Figures } from './figures.ts'
import { ours, syncthing } from './open-peers.ts'
import type { Part, PartContext } from '../in-parts.ts'

const changedBytes = 1000
const mebibyte = 1024 * 1024

interface Measured {
  readonly up: Figures
  readonly down: Figures
  readonly seconds: Figures
}

/** A thousand bytes changed in a large file: what goes over the wire, and how long it takes. */
export async function measureLargeEdit(context: PartContext): Promise<Part> {
  const mebibytes = context.isQuick ? 8 : 64
  const directory = join(context.workDir, 'large-edit')
  await mkdir(directory)
  const base = join(directory, 'base')
  const target = join(directory, 'target')
  await writeRandomFile(base, mebibytes * mebibyte)
  await copyFile(base, target)
  await changeFile(target)
  const measured = { up: new Figures(), down: new Figures(), seconds: new Figures() }
  const program = context.programs['SYNCTHING_BIN']
  for (let round = 0; round < context.rounds; round++) {
    const files = { base, target }
    const own = join(directory, 'ours')
    {
      await using pair = await openCloudSyncPair(own, { isCounted: true })
      await measureEdit(ours, pair, files, measured)
    }
    await rm(own, { recursive: true })
    if (program === undefined) continue
    const theirs = join(directory, 'syncthing')
    {
      await using pair = await openSyncthingPair(program, theirs, { isCounted: true })
      await measureEdit(syncthing, pair, files, measured)
    }
    await rm(theirs, { recursive: true })
  }
  const rsync = editPeers.filter(({ title }) => title === 'rsync')
  const byRsync = await measurePeers(context.programs, { base, target }, directory, rsync)
  await rm(directory, { recursive: true })
  const { up, down, seconds } = measured
  context.say(`sync, large edit: ${up.show(ours, 0)} B up, ${down.show(ours, 0)} B down`)
  return {
    method: [
      `Edit of a large file: ${changedBytes} bytes overwritten in the middle of ${mebibytes} MiB of random bytes; all bytes of the connections both ways, until the other folder has them (down: of the client of the other folder; Syncthing has one connection). rsync with --no-whole-file, sent and received`,
    ],
    tables: [
      {
        title: `${changedBytes} bytes changed in ${mebibytes} MiB`,
        header: ['', 'up, B', 'down, B', 's'],
        rows: [
          ...[ours, syncthing]
            .filter((title) => up.of(title).length > 0)
            .map((title) => [
              title,
              up.show(title, 0),
              down.show(title, 0),
              seconds.show(title, 2),
            ]),
          ...[...byRsync].map(([title, bytes]) => [title, formatNumber(bytes, 0), '–', '–']),
        ],
      },
    ],
    goals: [],
  }
}

async function measureEdit(
  title: string,
  pair: CloudSyncPair | SyncthingPair,
  { base, target }: { base: string; target: string },
  { up, down, seconds }: Measured,
): Promise<void> {
  const [there, comesTo] = [pair.from, pair.to].map((folder) => join(folder, 'large.bin')) as [
    string,
    string,
  ]
  await copyFile(base, there)
  await pair.hint()
  await untilSame(base, comesTo)
  await pair.settle()
  const beside = join(pair.from, '..', 'beside')
  await copyFile(target, beside)
  for (const proxy of pair.proxies) proxy.take()
  const begin = performance.now()
  await rename(beside, there)
  await pair.hint()
  const end = await untilSame(target, comesTo)
  await pair.settle()
  const [first, second] = pair.proxies.map((proxy) => proxy.take().wireBytes)
  up.add(title, first ?? Number.NaN)
  if (second !== undefined) down.add(title, second)
  seconds.add(title, (end - begin) / 1000)
}

/** In the middle, in place. */
async function changeFile(path: string): Promise<void> {
  await using file = await open(path, 'r+')
  const { size } = await file.stat()
  await file.write(randomBytes(changedBytes), 0, changedBytes, Math.floor(size / 2))
}

async function untilSame(wanted: string, path: string): Promise<number> {
  const bytes = await readFile(wanted)
  return untilTrue(`${path} has the bytes`, async () => {
    const found = await readFile(path).catch(() => undefined)
    return found?.equals(bytes) ?? false
  })
}
