import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { copyDocument } from '@cloudsync/server/testing/copy-document'
import pg from 'pg'
import type { Jobs } from '../load/jobs.ts'
import { insertTexts } from '../peers/cloudsync-documents.ts'
import { CloudSyncPeer, makeDataDir } from '../peers/cloudsync-peer.ts'
import { openHocuspocus } from '../peers/hocuspocus-peer.ts'
import type { Peer } from '../peers/peer.ts'
import { openYWebsocket } from '../peers/y-websocket-peer.ts'
import { figureOf } from '../report/comparison.ts'
import { checkGoal } from '../report/goals.ts'
import { formatNumber } from '../report/markdown.ts'
import type { Comparison, Report, Sample } from '../report/report.ts'
import { median } from '../report/statistics.ts'
import type { BenchContext, Scenario } from './scenario.ts'

const MAX_SYNC_MS = 50
const MAX_STORED_RATIO = 0.35
/** Below what a socket may send at once. */
const UPDATES_PER_SOCKET = 2_500
/** Documents opened one after the other in a server that has been started anew. */
const WARM_OPENS = 3
/** All is folded when everybody has left, and the document leaves memory. */
const SHORT_TAIL_ROWS = 1
/** It stays for a minute; what is not folded for longer will not be. */
const COMPACTION_PATIENCE_MS = 90_000
const STOCK_DATABASE = 'stock'

type Trace = Jobs['trace']['output']

interface Stored {
  readonly checkpoint: number
  readonly tail: number
  readonly tail_rows: number
  readonly segments: number
  readonly segment_count: number
}

/** A paper that was really written, edit for edit: what it takes to store, and to open again. */
export const paperScenario: Scenario = {
  name: 'paper',
  async run(context) {
    if (!existsSync(context.tracePath)) return withoutTrace(context.tracePath)
    const trace = await context.load.run('trace', { tracePath: context.tracePath })
    const dataDir = await makeDataDir()
    try {
      const written = await write(context, dataDir, trace)
      const opening = await open(context, dataDir, trace, written.documents)
      return present(trace, written, opening)
    } finally {
      await rm(dataDir, { recursive: true, force: true })
    }
  },
}

function withoutTrace(path: string): Report {
  return {
    name: 'paper',
    title: 'A real paper',
    method: [`Not measured: there is no editing history at ${path} (see --trace)`],
    comparisons: [],
    tables: [],
    goals: [],
  }
}

interface Written {
  readonly stored: Stored
  readonly stockBytes: number
  readonly replaySeconds: number
  /** As many documents with that content as will be opened. */
  readonly documents: { readonly ours: readonly string[]; readonly stock: readonly string[] }
}

/** Replays the history through our live door, and stores its outcome with the stock server. */
async function write(context: BenchContext, dataDir: string, trace: Trace): Promise<Written> {
  await using peer = await CloudSyncPeer.open({ dataDir })
  const [document = ''] = await peer.createDocuments(1)
  const replay = await context.load.run('replay', {
    target: await peer.target(),
    document,
    tracePath: context.tracePath,
    updatesPerSocket: UPDATES_PER_SOCKET,
  })
  context.say(`replayed ${replay.updates} edits in ${replay.seconds.toFixed(1)} s`)
  const id = document.slice('text:'.length)
  const stored = await untilCompacted(context, peer.database, id)
  const opens = (context.rounds + 1) * (1 + WARM_OPENS)
  const ours = await insertTexts(peer.database, opens)
  await copyDocument(dataDir, id, ours)
  await peer.database.query(`CREATE DATABASE ${STOCK_DATABASE}`)
  const stock = await storeWithStock(context, peer, trace, opens)
  return {
    stored,
    stockBytes: stock.bytes,
    replaySeconds: replay.seconds,
    documents: { ours: ours.map((copy) => `text:${copy}`), stock: stock.names },
  }
}

/** Waits until nothing more is folded, and measures what is stored. */
async function untilCompacted(
  context: BenchContext,
  database: pg.Pool,
  id: string,
): Promise<Stored> {
  const started = performance.now()
  for (let rows = -1, since = started; ; await pause(1_000)) {
    const stored = await readStored(database, id)
    const now = performance.now()
    if (stored.tail_rows !== rows) {
      since = now
      context.say(`${((now - started) / 1000).toFixed(0)} s after: ${JSON.stringify(stored)}`)
    }
    rows = stored.tail_rows
    if (rows < SHORT_TAIL_ROWS || now - since > COMPACTION_PATIENCE_MS) return stored
  }
}

async function readStored(database: pg.Pool, id: string): Promise<Stored> {
  const { rows } = await database.query<Stored>(
    `SELECT
       (SELECT coalesce(sum(octet_length(state)), 0)::int FROM checkpoints WHERE document_id = $1) AS checkpoint,
       (SELECT coalesce(sum(octet_length(payload)), 0)::int FROM update_log WHERE document_id = $1) AS tail,
       (SELECT count(*)::int FROM update_log WHERE document_id = $1) AS tail_rows,
       (SELECT coalesce(sum(octet_length(rows) + coalesce(octet_length(base), 0)), 0)::int
          FROM history_segments WHERE document_id = $1) AS segments,
       (SELECT count(*)::int FROM history_segments WHERE document_id = $1) AS segment_count`,
    [id],
  )
  if (!rows[0]) throw new Error('The database gave no row')
  return rows[0]
}

async function storeWithStock(
  context: BenchContext,
  ours: CloudSyncPeer,
  trace: Trace,
  count: number,
) {
  const config = { ...ours.databaseConfig, database: STOCK_DATABASE }
  const stock = await openHocuspocus({ store: config })
  const database = new pg.Pool(config)
  try {
    const names = await stock.createDocuments(1)
    // It stores when the last client has left.
    await context.load.run('visit', {
      target: await stock.target(),
      documents: names,
      concurrency: 1,
      state: trace.state,
    })
    const first = names[0] ?? ''
    for (let bytes = 0; ; await pause(100)) {
      const { rows } = await database.query<{ bytes: number }>(
        'SELECT octet_length(state) AS bytes FROM documents WHERE name = $1',
        [first],
      )
      bytes = rows[0]?.bytes ?? 0
      if (bytes === 0) continue
      const copies = await stock.createDocuments(count)
      await database.query(
        'INSERT INTO documents SELECT copy, state FROM documents, unnest($1::text[]) AS copy WHERE name = $2',
        [copies, first],
      )
      return { bytes, names: copies }
    }
  } finally {
    await database.end()
    await stock[Symbol.asyncDispose]()
  }
}

/** Opens the paper in servers that were just started, in rounds that take turns. */
async function open(
  context: BenchContext,
  dataDir: string,
  trace: Trace,
  documents: Written['documents'],
): Promise<Comparison> {
  await using inMemory = await openYWebsocket()
  const [held = ''] = await inMemory.createDocuments(1)
  await context.load.run('hold', {
    target: await inMemory.target(),
    documents: [held],
    concurrency: 1,
    state: trace.state,
  })
  const samples: Record<'cloudsync' | 'hocuspocus' | 'y-websocket', Sample[]> = {
    cloudsync: [],
    hocuspocus: [],
    'y-websocket': [],
  }
  for (let round = 0; round <= context.rounds; round += 1) {
    const from = round * (1 + WARM_OPENS)
    await using ours = await CloudSyncPeer.open({ dataDir })
    const measured: [keyof typeof samples, Sample][] = [
      [
        'cloudsync',
        await openCopies(context, ours, trace, documents.ours.slice(from, from + 1 + WARM_OPENS)),
      ],
    ]
    {
      await using stock = await openHocuspocus({
        store: { ...ours.databaseConfig, database: STOCK_DATABASE },
      })
      const names = documents.stock.slice(from, from + 1 + WARM_OPENS)
      measured.push(['hocuspocus', await openCopies(context, stock, trace, names)])
    }
    const again = Array.from({ length: 1 + WARM_OPENS }, () => held)
    const { warmMs = Number.NaN } = await openCopies(context, inMemory, trace, again)
    measured.push(['y-websocket', { warmMs }])
    if (round === 0) continue
    for (const [peer, sample] of measured) {
      samples[peer].push(sample)
      context.say(`open, round ${round}, ${peer}: ${JSON.stringify(sample)}`)
    }
  }
  await context.load.run('release', {})
  return {
    title: 'From storage to a synced client',
    columns: [
      { key: 'coldMs', title: 'first document of a restarted server, ms', digits: 1 },
      { key: 'warmMs', title: 'the next ones, ms', digits: 1 },
    ],
    ratios: ['coldMs', 'warmMs'],
    samples,
    foreignCores: [],
    repeatedRounds: 0,
  }
}

async function openCopies(
  context: BenchContext,
  peer: Peer,
  trace: Trace,
  documents: readonly string[],
): Promise<Sample> {
  const target = await peer.target()
  const times: number[] = []
  for (const document of documents) {
    const { ms, textSha256 } = await context.load.run('firstSync', { target, document })
    if (textSha256 !== trace.textSha256) throw new Error(`${peer.name} gave another text`)
    times.push(ms)
  }
  const [coldMs = Number.NaN, ...warm] = times
  return { coldMs, warmMs: median(warm) }
}

function present(trace: Trace, written: Written, opening: Comparison): Report {
  const { stored, stockBytes } = written
  const kept = stored.checkpoint + stored.tail
  const bytes = (count: number) => formatNumber(count, 0)
  const ratio = (count: number) => `${formatNumber(count / trace.v1Bytes, 3)}×`
  return {
    name: 'paper',
    title: 'A real paper',
    method: [
      `The editing history of a paper (automerge-perf): ${bytes(trace.updates)} edits, ${bytes(trace.textUnits)} characters in the end; its whole state is ${bytes(trace.v1Bytes)} bytes in Yjs V1 and ${bytes(trace.v2Bytes)} in V2`,
      `Every edit went through CloudSync's live endpoint as an update of its own (${UPDATES_PER_SOCKET} per socket, acknowledged when durable, ${formatNumber(trace.updates / written.replaySeconds, 0)} a second), into its log and its compaction; the stock server was given the final state and stored it as one V1 value in the same PostgreSQL`,
      "To a synced client: a stock provider connects; from there to a Y.Doc that says it is synced and whose text is the paper. The document is in nobody's memory, except with y-websocket, which has nothing else",
      `"The next ones": ${WARM_OPENS} other documents with that content in the same process, the median of them`,
    ],
    comparisons: [opening],
    tables: [
      {
        title: 'Bytes stored',
        header: ['', 'bytes', 'of V1'],
        rows: [
          ['CloudSync: checkpoint', bytes(stored.checkpoint), ratio(stored.checkpoint)],
          [
            `CloudSync: ${bytes(stored.tail_rows)} log rows after it`,
            bytes(stored.tail),
            ratio(stored.tail),
          ],
          [
            `CloudSync: history for 30 days, ${stored.segment_count} segments`,
            bytes(stored.segments),
            ratio(stored.segments),
          ],
          ['Hocuspocus 4.7, V1 in one value', bytes(stockBytes), ratio(stockBytes)],
          ['y-websocket server 1.5', 'none', ''],
        ],
      },
    ],
    goals: [
      ...(
        [
          ['Cold from storage to a synced client', 'warmMs'],
          ['The same as the first thing that a restarted server does', 'coldMs'],
        ] as const
      ).map(([what, figure]) =>
        checkGoal({
          text: `${what}: at most ${MAX_SYNC_MS} ms`,
          measured: figureOf(opening, 'cloudsync', figure),
          limit: MAX_SYNC_MS,
          unit: ' ms',
          digits: 1,
        }),
      ),
      checkGoal({
        text: `Checkpoint and log at most ${MAX_STORED_RATIO} × the V1 state`,
        measured: kept / trace.v1Bytes,
        limit: MAX_STORED_RATIO,
        unit: '×',
        digits: 3,
      }),
    ],
  }
}
