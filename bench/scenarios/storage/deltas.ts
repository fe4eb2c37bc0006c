import { mkdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { receiveDelta, sendDelta, type DeltaTransfer } from '../../load/delta-transfers.ts'
import { createFile, uploadContent } from '../../load/file-transfers.ts'
import { readPieces } from '../../load/read-pieces.ts'
import { CloudSyncPeer } from '../../peers/cloudsync-peer.ts'
import { editPeers, measurePeers } from '../../peers/edit-peers.ts'
import type { RestCaller } from '../../peers/rest-caller.ts'
import { checkGoal } from '../../report/goals.ts'
import { formatNumber } from '../../report/markdown.ts'
import type { Goal, Table } from '../../report/report.ts'
import { editedFileIn, listEdits, type Edit } from './edits.ts'
import type { Part, PartContext } from '../in-parts.ts'
import { megabyte } from './units.ts'

const MAX_PAYLOAD_BYTES = 2_000
const MAX_WIRE_BYTES = 5_000
const MAX_SHARE_OF_RSYNC = 0.5

interface Measured {
  readonly edit: Edit
  readonly sizeBytes: number
  readonly up: DeltaTransfer
  readonly down: DeltaTransfer
  /** Bytes on the wire by the titles of the peers. */
  readonly theirs: ReadonlyMap<string, number>
}

/** What an edit of a large file costs on the wire. */
export async function measureDeltas(context: PartContext): Promise<Part> {
  await using peer = await CloudSyncPeer.open()
  const measured: Measured[] = []
  for (const edit of listEdits(context)) {
    // Somebody else for each, as nobody is signed in for longer than ten minutes.
    const caller = await peer.addUser(`editor-${measured.length}`)
    const one = await measureEdit(context, caller, edit)
    measured.push(one)
    const { up, down, theirs } = one
    context.say(
      `storage, ${edit.title}: ${up.wireBytes} B up, ${down.wireBytes} B down; ${[...theirs].map(([title, bytes]) => `${title} ${bytes} B`).join(', ')}`,
    )
  }
  return {
    method: [
      'Edits: up, a delta on the version that the server has (`PATCH`); down, one to a client that has that version (`A-IM`), applied and checked by its hash; payload, and all bytes of the connection both ways, with headers; our client has both versions as files',
      'Bytes of others: rsync (`--no-whole-file --stats`, and with `-z`) from one directory to another, sent and received; zsync, all bytes of its connections for the index and the ranges; casync, new chunks and the index; restic and Borg (zstd 1), what their repositories grow by; rclone sends the whole',
      'The tars are of npm packages. The database is seeded rows of a shop with two indexes, each update a transaction that changes four columns. The disk image has files of this machine on two fifths of it; a boot rewrites three logs, adds 600 kB to a journal in place, sets 1,500 times of access and writes a few small files',
    ],
    tables: [transfersOf(measured), comparisonOf(measured)],
    goals: measured.flatMap(goalsOf),
  }
}

async function measureEdit(
  { programs, workDir }: PartContext,
  caller: RestCaller,
  edit: Edit,
): Promise<Measured> {
  const directory = join(workDir, 'edit')
  await mkdir(directory)
  const files = editedFileIn(directory)
  await edit.write(files)
  const { rootId } = await caller.space()
  const id = await createFile(caller, rootId, edit.title)
  const { size } = await stat(files.base)
  await uploadContent(caller, id, { body: readPieces(files.base), sizeBytes: size })
  const up = await sendDelta(caller, id, files.base, files.target)
  const down = await receiveDelta(caller, id, files.base)
  const peers = editPeers.filter(({ title }) => !edit.isHuge || title === 'rsync')
  const theirs = await measurePeers(programs, files, directory, peers)
  const sizeBytes = (await stat(files.target)).size
  await rm(directory, { recursive: true })
  return { edit, sizeBytes, up, down, theirs }
}

function transfersOf(measured: readonly Measured[]): Table {
  const ways = ['up', 'down'] as const
  return {
    title: 'An edit on the wire',
    header: [
      '',
      'file, MB',
      ...ways.flatMap((way) => [`${way}: payload, B`, 'in all, B', 'client, s', 'server, s']),
    ],
    rows: measured.map((one) => [
      one.edit.title,
      formatNumber(one.sizeBytes / megabyte, 0),
      ...ways.flatMap((way) => [
        formatNumber(one[way].payloadBytes, 0),
        formatNumber(one[way].wireBytes, 0),
        formatNumber(one[way].clientSeconds, 2),
        formatNumber(one[way].serverSeconds, 2),
      ]),
    ]),
  }
}

function comparisonOf(measured: readonly Measured[]): Table {
  const titles = editPeers.map(({ title }) => title)
  return {
    title: 'An edit on the wire, beside others, B',
    header: ['', 'CloudSync, up', 'CloudSync, down', ...titles],
    rows: measured.map(({ edit, up, down, theirs }) => [
      edit.title,
      formatNumber(up.wireBytes, 0),
      formatNumber(down.wireBytes, 0),
      ...titles.map((title) => {
        const bytes = theirs.get(title)
        return bytes === undefined ? '' : formatNumber(bytes, 0)
      }),
    ]),
  }
}

function goalsOf({ edit: { title, kind }, up, down, theirs }: Measured): Goal[] {
  if (kind === 'few')
    return [
      checkGoal({
        text: `${title}: at most ${MAX_PAYLOAD_BYTES} bytes of payload`,
        measured: up.payloadBytes,
        limit: MAX_PAYLOAD_BYTES,
        unit: ' B',
        digits: 0,
      }),
      checkGoal({
        text: `${title}: at most ${MAX_WIRE_BYTES} bytes in all`,
        measured: up.wireBytes,
        limit: MAX_WIRE_BYTES,
        unit: ' B',
        digits: 0,
      }),
    ]
  const rsync = theirs.get('rsync')
  if (rsync === undefined) return []
  return [
    checkGoal({
      text: `${title}, either way: at most ${MAX_SHARE_OF_RSYNC} × rsync's bytes`,
      measured: Math.max(up.wireBytes, down.wireBytes) / rsync,
      limit: MAX_SHARE_OF_RSYNC,
      unit: '×',
      digits: 3,
    }),
  ]
}
