import type { Pool } from 'pg'
import {
  heavyCalls,
  heavyRequests,
  mixedCalls,
  requestMix,
  type MixedSpace,
} from '../load/request-mix.ts'
import { sendPaced, type PacedAnswer, type PacedCall } from '../load/paced-requests.ts'
import { accountOf, CloudSyncPeer } from '../peers/cloudsync-peer.ts'
import { insertFolders } from '../peers/cloudsync-trees.ts'
import type { RestCaller } from '../peers/rest-caller.ts'
import { ForeignLoad } from '../report/foreign-load.ts'
import { checkGoal } from '../report/goals.ts'
import { formatNumber } from '../report/markdown.ts'
import type { Report } from '../report/report.ts'
import { median, summarize, type Summary } from '../report/statistics.ts'
import type { Scenario } from './scenario.ts'

const NODES = 1_000_000
const PEOPLE = 50
const PER_SECOND = 500
const SIGN_INS_PER_SECOND = 10
const SIGN_INS_SECONDS = 6
const MAX_P99_MS = 100
const MAX_SIGN_IN_P99_MS = 400
const LARGE_BYTES = 1024 * 1024

/** What people wait for a server with many nodes while all of them work. */
export const mixScenario: Scenario = {
  name: 'mix',
  async run({ rounds, isQuick, say }) {
    await using peer = await CloudSyncPeer.open()
    const nodes = isQuick ? 10_000 : NODES
    const space = await openMixedSpace(peer, nodes)
    say('mix, the space is there')
    const durationMs = isQuick ? 2_000 : 20_000
    const perSecond = isQuick ? 100 : PER_SECOND
    const next = mixedCalls(space)
    const signIns = signInCalls(peer)
    if (!isQuick) await sendPaced({ perSecond, durationMs, next })
    const mixed: PacedAnswer[][] = []
    const heavy: PacedAnswer[][] = []
    const entered: PacedAnswer[][] = []
    const foreignCores: number[] = []
    for (let round = 1; round <= rounds; round += 1) {
      const foreign = new ForeignLoad([process.pid, ...(await peer.processRoots())])
      mixed.push(await sendPaced({ perSecond, durationMs, next }))
      for (const name of Object.keys(heavyRequests))
        heavy.push(
          await sendPaced({
            perSecond: 2,
            durationMs: durationMs / 4,
            next: heavyCalls(space, name),
          }),
        )
      entered.push(
        await sendPaced({
          perSecond: SIGN_INS_PER_SECOND,
          durationMs: isQuick ? 500 : SIGN_INS_SECONDS * 1000,
          next: signIns,
        }),
      )
      foreignCores.push((await foreign.cores()) ?? Number.NaN)
      say(`mix, round ${round}: ${describe(mixed.at(-1) ?? [])}`)
    }
    return reportOf({ nodes, perSecond, durationMs, rounds, mixed, heavy, entered, foreignCores })
  },
}

interface Measured {
  readonly nodes: number
  readonly perSecond: number
  readonly durationMs: number
  readonly rounds: number
  readonly mixed: readonly PacedAnswer[][]
  readonly heavy: readonly PacedAnswer[][]
  readonly entered: readonly PacedAnswer[][]
  readonly foreignCores: readonly number[]
}

function reportOf({
  nodes,
  perSecond,
  durationMs,
  rounds,
  mixed,
  heavy,
  entered,
  foreignCores,
}: Measured): Report {
  const names = Object.keys(requestMix)
  const rowsOf = (rounds: readonly PacedAnswer[][], of: readonly string[]) =>
    of.map((name) => rowOf(name, rounds))
  const worst = Math.max(...names.map((name) => p99Of(name, mixed)))
  return {
    name: 'mix',
    title: 'Many people at once',
    method: [
      `A space of ${formatNumber(nodes, 0)} nodes and ${PEOPLE} members who all ask, ${perSecond} requests a second together for ${durationMs / 1000} s, whatever the answers take; CloudSync as it starts by itself, on its embedded database, with the process that asks on the same machine`,
      'The proportions are those in which the web app asks in the journeys of the tests (`bench/load/request-mix.ts`); each answer is timed from the moment when its request was due to its last byte',
      `Sign-ins: ${SIGN_INS_PER_SECOND} a second for ${SIGN_INS_SECONDS} s, by themselves; what is large: 2 a second by themselves`,
      `${rounds} rounds after one to warm up; percentiles of each round, of which the medians are given; other processes kept ${median(foreignCores).toFixed(2)} cores busy`,
    ],
    comparisons: [],
    tables: [
      { title: 'Milliseconds', header, rows: rowsOf(mixed, names) },
      {
        title: 'Milliseconds, what is large',
        header,
        rows: rowsOf(heavy, Object.keys(heavyRequests)),
      },
      {
        title: 'Milliseconds, signing in',
        header,
        rows: rowsOf(entered, ['POST /auth/sign-in']),
      },
    ],
    goals: [
      checkGoal({
        text: `p99 of every endpoint at most ${MAX_P99_MS} ms (of the slowest)`,
        measured: worst,
        limit: MAX_P99_MS,
        unit: ' ms',
        digits: 1,
      }),
      checkGoal({
        text: `p99 of signing in at most ${MAX_SIGN_IN_P99_MS} ms`,
        measured: p99Of('POST /auth/sign-in', entered),
        limit: MAX_SIGN_IN_P99_MS,
        unit: ' ms',
        digits: 1,
      }),
      checkGoal({
        text: 'No request fails',
        measured: [...mixed, ...heavy, ...entered].flat().filter(isFailed).length,
        limit: 0,
        unit: '',
        digits: 0,
      }),
    ],
  }
}

const header = ['', 'requests', 'p50', 'p95', 'p99', 'longest', 'failed']

const isFailed = ({ status }: PacedAnswer) => status < 200 || status > 299

function summariesOf(name: string, rounds: readonly PacedAnswer[][]): Summary[] {
  return rounds
    .map((answers) => answers.filter((answer) => answer.name === name))
    .filter((answers) => answers.length > 0)
    .map((answers) => summarize(Float64Array.from(answers, ({ latencyMs }) => latencyMs)))
}

function p99Of(name: string, rounds: readonly PacedAnswer[][]): number {
  return median(summariesOf(name, rounds).map(({ p99 }) => p99))
}

function rowOf(name: string, rounds: readonly PacedAnswer[][]): string[] {
  const summaries = summariesOf(name, rounds)
  const of = (key: keyof Summary) => median(summaries.map((summary) => summary[key]))
  const failed = rounds.flat().filter((answer) => answer.name === name && isFailed(answer))
  const count = summaries.reduce((sum, { n }) => sum + n, 0)
  const times = (['p50', 'p95', 'p99', 'max'] as const).map((key) => of(key).toFixed(1))
  return [name, formatNumber(count, 0), ...times, String(failed.length)]
}

function describe(answers: readonly PacedAnswer[]): string {
  const { p50, p99, max } = summarize(Float64Array.from(answers, ({ latencyMs }) => latencyMs))
  const failed = answers.filter(isFailed)
  const statuses = [...new Set(failed.map(({ name, status }) => `${name} ${status}`))]
  return `p50 ${p50.toFixed(1)}, p99 ${p99.toFixed(1)}, longest ${max.toFixed(0)} ms; ${failed.length} failed ${statuses.join(', ')}`
}

async function openMixedSpace(peer: CloudSyncPeer, size: number): Promise<MixedSpace> {
  const owner = await peer.addUser('owner')
  const { id: spaceId, rootId } = await owner.space()
  const fillId = await owner.createFolder(rootId, 'fill')
  await insertFolders(peer.database, { spaceId, parentId: fillId, count: size })
  const people: RestCaller[] = []
  for (let index = 0; index < PEOPLE; index += 1) {
    const person = await peer.addUser(nameOf(index))
    const { email } = accountOf(nameOf(index))
    await owner.send('PUT', `/spaces/${spaceId}/members`, { email, role: 'manager' })
    people.push(person)
  }
  const ownFolderIds = await owner.createFolders(
    rootId,
    people.map((_, index) => nameOf(index)),
  )
  const ownTextIds: string[] = []
  for (const parentId of ownFolderIds) {
    const made = await owner.send('POST', '/nodes', { parentId, name: 'notes.md', kind: 'text' })
    ownTextIds.push((JSON.parse(made) as { id: string }).id)
  }
  const largeFileId = await uploadLarge(owner, rootId)
  await peer.database.query('VACUUM (ANALYZE) nodes, documents')
  // As a server that has had them for long: what fills it here within seconds is not written while others wait.
  await peer.database.query('CHECKPOINT')
  const sample = (kind: string) => sampleNodes(peer.database, spaceId, kind)
  const folders = await sample('folder')
  const texts = await sample('text')
  const cursor = await lastChange(peer.database, spaceId)
  return {
    spaceId,
    people,
    folderIds: folders.map(({ id }) => id),
    textIds: texts.map(({ id }) => id),
    paths: folders.map(({ name }) => `fill/${name}`),
    ownFolderIds,
    ownTextIds,
    largeFileId,
    cursors: people.map(() => cursor),
  }
}

const nameOf = (index: number) => `person-${index}`

async function lastChange(database: Pool, spaceId: string): Promise<string> {
  const { rows } = await database.query<{ seq: string }>('SELECT seq FROM spaces WHERE id = $1', [
    spaceId,
  ])
  return String(rows[0]?.seq)
}

/** A thousand, spread over all there are. */
async function sampleNodes(database: Pool, spaceId: string, kind: string) {
  const { rows } = await database.query<{ id: string; name: string }>(
    `SELECT id, name FROM (
       SELECT id, name, row_number() OVER (ORDER BY id) AS number, count(*) OVER () AS count
       FROM nodes WHERE space_id = $1 AND kind = $2 AND name LIKE 'node-%'
     ) numbered WHERE number % greatest(1, count / 1000) = 0 LIMIT 1000`,
    [spaceId, kind],
  )
  return rows
}

async function uploadLarge(owner: RestCaller, parentId: string): Promise<string> {
  const { url, headers } = owner.addressOf('/nodes')
  const form = new FormData()
  form.set('parentId', parentId)
  form.set('name', 'large.bin')
  form.set('file', new Blob([new Uint8Array(LARGE_BYTES).fill(7)]), 'large.bin')
  const answer = await fetch(url, { method: 'POST', headers, body: form })
  if (!answer.ok) throw new Error(`Uploading: ${answer.status} ${await answer.text()}`)
  return ((await answer.json()) as { id: string }).id
}

function signInCalls({ url }: CloudSyncPeer): () => PacedCall {
  let at = 0
  return () => {
    at += 1
    return {
      name: 'POST /auth/sign-in',
      url: `${url}/api/v1/auth/sign-in`,
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        // Through a proxy on this machine, from many networks: each has its own limit.
        'x-forwarded-for': `203.0.113.${at % 250}`,
      },
      body: JSON.stringify(accountOf(nameOf(at % PEOPLE))),
    }
  }
}
