import { findTreeFaults } from '@cloudsync/server/testing'
import type { ApiClient } from './api-client.ts'
import type { Arranger } from './arranger.ts'
import type { ClusterPeople } from './cluster-people.ts'
import type { ClusterProcesses } from './cluster-processes.ts'
import {
  acknowledgedIn,
  describeGroup,
  findLost,
  hasConverged,
  readText,
  textIn,
  type TypingGroup,
} from './typing-group.ts'
import { waitFor } from './wait-for.ts'

export interface Workplace {
  readonly cluster: ClusterProcesses
  readonly people: ClusterPeople
}

/** What checks have found. */
export interface Findings {
  checks: number
  /** Acknowledged and not there any more, or not for everybody. */
  readonly lost: Set<string>
  /** Where rows and folder documents do not agree. */
  readonly disagreements: Set<string>
  /** Texts that were read at a node a moment too early. */
  lateReads: number
}

/** How long an edit that another node has acknowledged may be missing from what a node answers. */
const maxLateMs = 4_000

/** Everything that was acknowledged must be in what each node answers, and in the rows. */
export async function checkAcknowledged(place: Workplace, findings: Findings): Promise<void> {
  const { admins, groups } = place.people
  for (const [index, admin] of admins.entries())
    for (const group of groups) await checkText(admin, `node ${index}`, group, findings)
  await checkMade(place, findings)
  for (const fault of await findFaultsInRows(place)) findings.disagreements.add(fault)
}

async function checkText(
  admin: ApiClient,
  where: string,
  group: TypingGroup,
  findings: Findings,
): Promise<void> {
  // Of before the question: a client that reconnects meanwhile may be told more than the answer holds.
  const acknowledged = acknowledgedIn(group)
  findings.checks += acknowledged.size
  let lost = findLost(acknowledged, await readText(admin, group.nodeId))
  if (lost.length === 0) return
  findings.lateReads += 1
  await waitFor(
    'nothing is missing any more',
    async () => {
      lost = findLost(acknowledged, await readText(admin, group.nodeId))
      return lost.length === 0
    },
    maxLateMs,
  ).catch(() => undefined)
  for (const token of lost) findings.lost.add(`${token} at ${where}`)
}

/** What was made in a folder has a row for ever, be it in the trash. */
async function checkMade({ cluster, people }: Workplace, findings: Findings): Promise<void> {
  const made = people.arrangers.flatMap(({ ledger }) => [...ledger.acknowledged])
  findings.checks += made.length
  const { rows } = await cluster.postgres.database.pool.query<{ id: string }>(
    'SELECT id FROM nodes WHERE id = ANY($1)',
    [made],
  )
  const present = new Set(rows.map(({ id }) => id))
  for (const id of made) if (!present.has(id)) findings.lost.add(`child ${id}`)
}

/** In one snapshot: nodes may still be changing them. */
function findFaultsInRows({ cluster }: Workplace): Promise<string[]> {
  return cluster.postgres.database.kysely
    .transaction()
    .setIsolationLevel('repeatable read')
    .execute((tx) => findTreeFaults(tx))
}

/** Resolves when all clients have the same, and each node answers with it. */
export async function untilConverged({ people }: Workplace): Promise<void> {
  const { admins, arrangers, folderId, groups } = people
  await waitFor(
    () =>
      `everybody is in sync again\n${[...groups.map(describeGroup), ...arrangers.map(({ state }) => state)].join('\n')}`,
    () => groups.every(hasConverged) && haveConverged(arrangers),
    60_000,
  )
  for (const [index, admin] of admins.entries()) {
    for (const group of groups)
      await waitFor(
        `node ${index} has the text that all see of ${group.nodeId}`,
        async () => (await readText(admin, group.nodeId)) === textIn(group),
      )
    await waitFor(
      `node ${index} lists the children that all see of ${folderId}`,
      async () => (await listChildren(admin, folderId)) === childrenIn(arrangers[0]),
    )
  }
}

function haveConverged(arrangers: readonly Arranger[]): boolean {
  const first = childrenIn(arrangers[0])
  return arrangers.every((arranger) => arranger.isSynced && childrenIn(arranger) === first)
}

function childrenIn(arranger: Arranger | undefined): string {
  return [...(arranger?.children ?? [])]
    .map(([id, { name, kind }]) => `${id} ${kind} ${name}`)
    .join('\n')
}

interface ListedChild {
  readonly id: string
  readonly name: string
  readonly kind: string
}

async function listChildren(admin: ApiClient, folderId: string): Promise<string> {
  const { items } = await admin.get<{ items: ListedChild[] }>(
    `/nodes/${folderId}/children?limit=200`,
  )
  return items
    .map(({ id, kind, name }) => `${id} ${kind} ${name}`)
    .toSorted()
    .join('\n')
}
