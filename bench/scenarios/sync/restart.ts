import { mkdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { writeFileTree, type FileTreeSize } from '../../corpora/file-tree.ts'
import { LinkedServer } from '../../peers/cloudsync-folders.ts'
import { readPeakRssBytes, readRssBytes } from '../../peers/process-usage.ts'
import { SyncthingFolder } from '../../peers/syncthing-folders.ts'
import { untilTrue } from '../../peers/until-true.ts'
import { checkGoal } from '../../report/goals.ts'
import { formatNumber } from '../../report/markdown.ts'
import { Figures } from './figures.ts'
import { ours, syncthing } from './open-peers.ts'
import type { Part, PartContext } from '../in-parts.ts'

const goals = { restartSeconds: 5, requests: 1, memoryMegabytes: 250 }
const megabyte = 1e6

interface Measured {
  readonly firstSync: Figures
  readonly restart: Figures
  readonly requests: Figures
  /** After the first sync, the most that it was by then, and the most after a restart. */
  readonly memory: Figures
  readonly firstPeak: Figures
  readonly restartPeak: Figures
}

/** A folder of a hundred thousand files: its first sync, starts with nothing new in it, and the memory of who keeps it. */
export async function measureRestart(context: PartContext): Promise<Part> {
  const size: FileTreeSize = context.isQuick
    ? { folders: 10, filesPerFolder: 50, fileBytes: 64 }
    : { folders: 1000, filesPerFolder: 100, fileBytes: 64 }
  const measured: Measured = {
    firstSync: new Figures(),
    restart: new Figures(),
    requests: new Figures(),
    memory: new Figures(),
    firstPeak: new Figures(),
    restartPeak: new Figures(),
  }
  const directory = join(context.workDir, 'restart')
  await mkdir(directory)
  await measureOurs(context, directory, size, measured)
  const program = context.programs['SYNCTHING_BIN']
  if (program !== undefined) await measureSyncthing(context, { program, directory, size }, measured)
  await rm(directory, { recursive: true })
  return presentPart(measured, size)
}

async function measureOurs(
  { rounds, say }: PartContext,
  directory: string,
  size: FileTreeSize,
  measured: Measured,
): Promise<void> {
  await using server = await LinkedServer.open()
  const proxy = await server.openProxy()
  const linked = await server.link(join(directory, 'ours'), { proxy })
  await writeFileTree(join(directory, 'made'), size)
  await rename(join(directory, 'made'), join(linked.folder, 'many'))
  const begin = performance.now()
  linked.start()
  await linked.isInStep()
  measured.firstSync.add(ours, (performance.now() - begin) / 1000)
  measured.memory.add(ours, (await readRssBytes(linked.pid)) / megabyte)
  measured.firstPeak.add(ours, (await readPeakRssBytes(linked.pid)) / megabyte)
  for (let round = 0; round < rounds; round++) {
    await linked.stop()
    proxy.take()
    const start = performance.now()
    linked.start()
    await linked.isInStep()
    measured.restart.add(ours, (performance.now() - start) / 1000)
    // The question that waits for what comes next may be on its way already.
    const { requests } = proxy.take()
    measured.requests.add(ours, requests.filter((line) => !/[?&]wait=[1-9]/.test(line)).length)
    measured.restartPeak.add(ours, (await readPeakRssBytes(linked.pid)) / megabyte)
    say(`sync, restart: ${measured.restart.of(ours).at(-1)?.toFixed(2)} s, ${requests.join(', ')}`)
  }
}

async function measureSyncthing(
  { rounds, say }: PartContext,
  { program, directory, size }: { program: string; directory: string; size: FileTreeSize },
  measured: Measured,
): Promise<void> {
  await using folder = await SyncthingFolder.open(program, join(directory, 'syncthing'))
  await folder.configure(new Map())
  await writeFileTree(join(folder.folder, 'many'), size)
  const isDone = async () =>
    (await folder.fileCount()) === size.folders * size.filesPerFolder && folder.isIdle()
  const begin = performance.now()
  await folder.start()
  await untilTrue('Syncthing has looked at all', isDone)
  measured.firstSync.add(syncthing, (performance.now() - begin) / 1000)
  measured.memory.add(syncthing, (await readRssBytes(folder.pid)) / megabyte)
  measured.firstPeak.add(syncthing, (await readPeakRssBytes(folder.pid)) / megabyte)
  for (let round = 0; round < rounds; round++) {
    await folder.stop()
    const start = performance.now()
    await folder.start()
    await untilTrue('Syncthing has looked at all', isDone)
    measured.restart.add(syncthing, (performance.now() - start) / 1000)
    measured.restartPeak.add(syncthing, (await readPeakRssBytes(folder.pid)) / megabyte)
  }
  say(`sync, restart: Syncthing ${measured.restart.median(syncthing).toFixed(2)} s`)
}

function presentPart(measured: Measured, size: FileTreeSize): Part {
  const { firstSync, restart, requests, memory, firstPeak, restartPeak } = measured
  const count = formatNumber(size.folders * size.filesPerFolder, 0)
  const titles = [ours, syncthing].filter((title) => restart.of(title).length > 0)
  return {
    method: [
      `${count} files: of 64 B, in ${size.folders} folders. First: from the start of the program, for CloudSync until all are on the server, for Syncthing (alone) until it has read all. Started again: from the start of the process until it says that it is in step, and Syncthing until it is idle with all files known. Requests: by a proxy; the one that waits for what comes next is not counted`,
      'Memory: resident, of the process that keeps the folder; the most of it as the kernel tells (VmHWM)',
    ],
    tables: [
      {
        title: `A folder of ${count} files`,
        header: [
          '',
          'first, s',
          'MB then',
          'at most, MB',
          'started again, s',
          'requests',
          'at most, MB',
        ],
        rows: titles.map((title) => [
          title,
          firstSync.show(title, 1),
          memory.show(title, 0),
          firstPeak.show(title, 0),
          restart.show(title, 2),
          requests.show(title, 0),
          restartPeak.show(title, 0),
        ]),
      },
    ],
    goals: [
      checkGoal({
        text: `Started again with ${count} unchanged files: in step in at most ${goals.restartSeconds} s`,
        measured: restart.median(ours),
        limit: goals.restartSeconds,
        unit: ' s',
        digits: 2,
      }),
      checkGoal({
        text: '… by one request',
        measured: Math.max(...requests.of(ours)),
        limit: goals.requests,
        unit: '',
        digits: 0,
      }),
      checkGoal({
        text: `At most ${goals.memoryMegabytes} MB of memory with ${count} files, after the first sync and after a restart`,
        measured: Math.max(memory.median(ours), restartPeak.median(ours)),
        limit: goals.memoryMegabytes,
        unit: ' MB',
        digits: 0,
      }),
      checkGoal({
        text: '… and during the first sync',
        measured: firstPeak.median(ours),
        limit: goals.memoryMegabytes,
        unit: ' MB',
        digits: 0,
      }),
    ],
  }
}
