import { randomBytes } from 'node:crypto'
import { access, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import {
  countFiles,
  requireSameFiles,
  writeFileTree,
  type FileTreeSize,
} from '../../corpora/file-tree.ts'
import type { FolderPair, FolderPairPeer } from '../../peers/folder-pair.ts'
import { untilTrue } from '../../peers/until-true.ts'
import { ForeignLoad } from '../../report/foreign-load.ts'
import { checkGoal } from '../../report/goals.ts'
import { formatNumber } from '../../report/markdown.ts'
import type { Goal } from '../../report/report.ts'
import { median, summarize } from '../../report/statistics.ts'
import { Figures } from './figures.ts'
import { listPeers, ours, syncthing } from './open-peers.ts'
import type { Part, PartContext } from '../in-parts.ts'

const goals = { shareOfSyncthing: 0.5, renameSeconds: 1, p50Ms: 400, p95Ms: 1000 }

interface Measured {
  readonly arrival: Figures
  readonly renaming: Figures
  readonly textSave: Figures
  readonly byteSave: Figures
  readonly foreignCores: number[]
}

/** Ten thousand small files to a peer, their folder renamed, and single files saved among them. */
export async function measureManyFiles(context: PartContext): Promise<Part> {
  const size: FileTreeSize = context.isQuick
    ? { folders: 3, filesPerFolder: 100, fileBytes: 4096 }
    : { folders: 10, filesPerFolder: 1000, fileBytes: 4096 }
  const saves = context.isQuick ? 3 : 20
  const peers = listPeers(context)
  const measured: Measured = {
    arrival: new Figures(),
    renaming: new Figures(),
    textSave: new Figures(),
    byteSave: new Figures(),
    foreignCores: [],
  }
  const rounds = Array.from({ length: context.rounds }, (_, round) => round)
  const directories: string[] = []
  for (const round of rounds)
    for (const [place, peer] of peers.entries()) {
      const directory = join(context.workDir, `round-${round}-${place}`)
      directories.push(directory)
      await measureRound({ context, directory }, peer, { size, saves, measured })
    }
  // Not before the last: without a journal ext4 passes over what was deleted in the last minutes, file by file.
  for (const directory of directories) await rm(directory, { recursive: true })
  return presentPart(measured, peers, { size, saves })
}

async function measureRound(
  { context, directory }: { context: PartContext; directory: string },
  peer: FolderPairPeer,
  { size, saves, measured }: { size: FileTreeSize; saves: number; measured: Measured },
): Promise<void> {
  const made = join(directory, 'made')
  await writeFileTree(made, size)
  const foreign = new ForeignLoad([process.pid])
  {
    await using pair = await peer.open(join(directory, 'pair'))
    const arrivalSeconds = await measureArrival(pair, made, size)
    measured.arrival.add(peer.title, arrivalSeconds)
    await pair.settle()
    const renameSeconds = await measureRename(pair, size)
    measured.renaming.add(peer.title, renameSeconds)
    await pair.settle()
    let text: number[] = []
    let bytes: number[] = []
    if (peer.isWatching) {
      const staging = join(directory, 'staging')
      await mkdir(staging)
      text = await measureSaves(pair, { count: saves, staging, kind: 'text' })
      bytes = await measureSaves(pair, { count: saves, staging, kind: 'bytes' })
      measured.textSave.add(peer.title, ...text)
      measured.byteSave.add(peer.title, ...bytes)
    }
    context.say(
      `sync, ${peer.title}: ${arrivalSeconds.toFixed(1)} s, renamed ${renameSeconds.toFixed(2)} s, saves ${median(text).toFixed(0)} ms and ${median(bytes).toFixed(0)} ms`,
    )
  }
  const cores = await foreign.cores()
  if (cores !== undefined) measured.foreignCores.push(cores)
}

async function measureArrival(pair: FolderPair, made: string, size: FileTreeSize): Promise<number> {
  const begin = performance.now()
  await rename(made, join(pair.from, 'many'))
  const hinted = pair.hint()
  const end = await untilComplete(join(pair.to, 'many'), size)
  await hinted
  await requireSameFiles(join(pair.from, 'many'), join(pair.to, 'many'), size)
  return (end - begin) / 1000
}

async function measureRename(pair: FolderPair, size: FileTreeSize): Promise<number> {
  const begin = performance.now()
  await rename(join(pair.from, 'many'), join(pair.from, 'renamed'))
  const hinted = pair.hint()
  await untilComplete(join(pair.to, 'renamed'), size)
  const end = await untilTrue('the old folder is gone', () => isAbsent(join(pair.to, 'many')))
  await hinted
  return (end - begin) / 1000
}

function untilComplete(root: string, size: FileTreeSize): Promise<number> {
  const all = size.folders * size.filesPerFolder
  return untilTrue(`all files are in ${root}`, async () => (await countFiles(root, size)) === all)
}

async function isAbsent(path: string): Promise<boolean> {
  return access(path).then(
    () => false,
    () => true,
  )
}

/** Milliseconds from the save of one file to when the other folder has its bytes. */
async function measureSaves(
  { from, to, settle }: FolderPair,
  { count, staging, kind }: { count: number; staging: string; kind: 'text' | 'bytes' },
): Promise<number[]> {
  const name = kind === 'text' ? 'saved.md' : 'saved.bin'
  const took: number[] = []
  // The first makes the file, which is another question.
  for (let save = 0; save <= count; save++) {
    const content =
      kind === 'text'
        ? Buffer.from(textOf(save))
        : Buffer.concat([Buffer.of(0xff), randomBytes(4095)])
    const begin = performance.now()
    await saveFile({ path: join(from, name), content, staging, isInPlace: save % 2 === 0 })
    const arrived = await untilTrue(`${name} is saved`, () => holds(join(to, name), content), 2)
    if (save > 0) took.push(arrived - begin)
    // People pause between two saves, and never in step with a program's own rhythm.
    await settle()
    await pause(300 + Math.random() * 700)
  }
  return took
}

/** Programs write into the file, or beside it and rename. */
async function saveFile(save: {
  path: string
  content: Buffer
  staging: string
  isInPlace: boolean
}): Promise<void> {
  if (save.isInPlace) return writeFile(save.path, save.content)
  const beside = join(save.staging, 'beside')
  await writeFile(beside, save.content)
  await rename(beside, save.path)
}

function textOf(save: number): string {
  const lines = Array.from(
    { length: 60 },
    (_, line) => `Line ${line} of a text that somebody writes.`,
  )
  lines[save % lines.length] = `Line that was written by save ${save}.`
  return `${lines.join('\n')}\n`
}

async function holds(path: string, content: Buffer): Promise<boolean> {
  const found = await readFile(path).catch(() => undefined)
  return found?.equals(content) ?? false
}

function presentPart(
  { arrival, renaming, textSave, byteSave, foreignCores }: Measured,
  peers: readonly FolderPairPeer[],
  { size, saves }: { size: FileTreeSize; saves: number },
): Part {
  const count = formatNumber(size.folders * size.filesPerFolder, 0)
  const summary = (figures: Figures, title: string) => {
    const { p50, p95 } = summarize(Float64Array.from(figures.of(title)))
    return [p50, p95].map((ms) => (Number.isNaN(ms) ? '–' : formatNumber(ms, 0)))
  }
  const foreign =
    foreignCores.length === 0
      ? ''
      : ` Other processes kept ${median(foreignCores).toFixed(2)} cores busy (median of all rounds; at most ${Math.max(...foreignCores).toFixed(2)}).`
  return {
    method: [
      `${count} files of 4 KiB: in ${size.folders} folders of random bytes, renamed into one folder at once, until the other has all of them, by name; then their bytes are compared. CloudSync: two machines and a server in between. Syncthing: two of them, connected directly, told to scan at once. Unison, rclone and rsync: from the start of the program to its end, from one folder of the machine to another, with no network and no fsync`,
      'Renamed: the folder that holds all of them, until the other side has them all under the new name and nothing under the old one; Syncthing told to scan at once, rclone with --track-renames',
      `Saved: one file of 2.4 kB of text, or of 4 KiB of bytes, ${saves} times a round, in place and by renaming in turns, ${count} other files lying there; until the other folder has the new bytes. Syncthing watches, with a delay of 1 s (its default is 10 s)`,
      `A row is the median of the rounds (least–most); each round begins with empty folders and fresh programs, one after the other; what a round has made is deleted after the last of them.${foreign}`,
    ],
    tables: [
      {
        title: `${count} files of 4 KiB to a peer, and their folder renamed`,
        header: ['', 'arrived, s', 'files a second', 'renamed, s'],
        rows: peers.map(({ title }) => [
          title,
          arrival.show(title, 1),
          formatNumber((size.folders * size.filesPerFolder) / arrival.median(title), 0),
          renaming.show(title, 2),
        ]),
      },
      {
        title: 'From a save to the peer, ms',
        header: ['', 'text, p50', 'p95', 'bytes, p50', 'p95'],
        rows: peers
          .filter(({ isWatching }) => isWatching)
          .map(({ title }) => [title, ...summary(textSave, title), ...summary(byteSave, title)]),
      },
    ],
    goals: [
      ...shareGoal(arrival, count),
      checkGoal({
        text: `A folder of ${count} files renamed: on the peer in at most ${goals.renameSeconds} s`,
        measured: renaming.median(ours),
        limit: goals.renameSeconds,
        unit: ' s',
        digits: 2,
      }),
      ...[
        { what: 'text', figures: textSave },
        { what: 'bytes', figures: byteSave },
      ].flatMap(({ what, figures }) => saveGoals(what, figures)),
    ],
  }
}

function shareGoal(arrival: Figures, count: string): Goal[] {
  const theirs = arrival.of(syncthing)
  if (theirs.length === 0) return []
  const ratios = arrival.of(ours).map((seconds, round) => seconds / (theirs[round] ?? Number.NaN))
  return [
    checkGoal({
      text: `${count} files of 4 KiB to a peer: at most ${goals.shareOfSyncthing} × Syncthing's time (median of the rounds' ratios)`,
      measured: median(ratios),
      limit: goals.shareOfSyncthing,
      unit: '×',
      digits: 2,
    }),
  ]
}

function saveGoals(what: string, figures: Figures): Goal[] {
  const { p50, p95 } = summarize(Float64Array.from(figures.of(ours)))
  return [
    checkGoal({
      text: `From a save to the peer, ${what}: p50 at most ${goals.p50Ms} ms`,
      measured: p50,
      limit: goals.p50Ms,
      unit: ' ms',
      digits: 0,
    }),
    checkGoal({
      text: `From a save to the peer, ${what}: p95 at most ${goals.p95Ms} ms`,
      measured: p95,
      limit: goals.p95Ms,
      unit: ' ms',
      digits: 0,
    }),
  ]
}
