import { setInterval } from 'node:timers/promises'
import { Readable } from 'node:stream'
import { randomPieces } from '../../corpora/random-bytes.ts'
import { createFile, uploadContent } from '../../load/file-transfers.ts'
import { CloudSyncPeer } from '../../peers/cloudsync-peer.ts'
import { readRssBytes } from '../../peers/process-usage.ts'
import { checkGoal } from '../../report/goals.ts'
import { formatNumber } from '../../report/markdown.ts'
import { median } from '../../report/statistics.ts'
import type { Part, PartContext } from '../in-parts.ts'
import { mebibyte, megabyte } from './units.ts'

const MAX_RSS_MIB = 250
/** Between the medians of the second and of the last fifth; the first is that of a server that starts. */
const MAX_GROWTH_MIB = 16
const LOOK_EVERY_MS = 200

/** Whether the server's memory depends on how long an upload is. */
export async function measureLongUpload(context: PartContext): Promise<Part> {
  const { gibibytes } = context
  const sizeBytes = gibibytes * 1024 * mebibyte
  await using peer = await CloudSyncPeer.open()
  const caller = await peer.addUser('uploader')
  const { rootId } = await caller.space()
  const nodeId = await createFile(caller, rootId, 'long')
  const idleMib = (await readRssBytes(peer.process.pid)) / mebibyte
  const ended = new AbortController()
  const watched = watchRss(peer.process.pid, ended.signal)
  const begin = performance.now()
  const body = Readable.from(randomPieces(sizeBytes))
  await uploadContent(caller, nodeId, { body, sizeBytes })
  const seconds = (performance.now() - begin) / 1000
  ended.abort()
  const fifths = inFifths(await watched)
  const most = Math.max(...fifths.flat())
  const [, second = [], , , last = []] = fifths
  context.say(`storage, ${gibibytes} GiB: ${most.toFixed(0)} MiB in ${seconds.toFixed(0)} s`)
  return {
    method: [
      `Memory: the resident set of the server, threads and all but without its database, while one upload of ${gibibytes} GiB of random bytes runs, read every ${LOOK_EVERY_MS} ms`,
    ],
    tables: [
      {
        title: `The server's memory during an upload of ${gibibytes} GiB, MiB`,
        header: [
          'before',
          ...fifths.map((_, index) => `fifth ${index + 1}, median`),
          'most',
          'MB/s',
        ],
        rows: [
          [
            formatNumber(idleMib, 0),
            ...fifths.map((fifth) => formatNumber(median(fifth), 0)),
            formatNumber(most, 0),
            formatNumber(sizeBytes / megabyte / seconds, 0),
          ],
        ],
      },
    ],
    goals: [
      checkGoal({
        text: `The server's memory during an upload of ${gibibytes} GiB: at most ${MAX_RSS_MIB} MiB`,
        measured: most,
        limit: MAX_RSS_MIB,
        unit: ' MiB',
        digits: 0,
      }),
      checkGoal({
        text: `It is flat: at most ${MAX_GROWTH_MIB} MiB more in the last fifth than in the second`,
        measured: median(last) - median(second),
        limit: MAX_GROWTH_MIB,
        unit: ' MiB',
        digits: 0,
      }),
    ],
  }
}

/** In MiB, until the signal. */
async function watchRss(pid: number, signal: AbortSignal): Promise<number[]> {
  const seen: number[] = []
  try {
    for await (const _ of setInterval(LOOK_EVERY_MS, undefined, { signal }))
      seen.push((await readRssBytes(pid)) / mebibyte)
  } catch (error) {
    if (!signal.aborted) throw error
  }
  return seen
}

function inFifths(values: readonly number[]): number[][] {
  const at = (fifth: number) => Math.round((values.length * fifth) / 5)
  return Array.from({ length: 5 }, (_, index) => values.slice(at(index), at(index + 1)))
}
