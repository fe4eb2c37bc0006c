import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { copyFile, mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { sendDelta, type DeltaTransfer } from '../../load/delta-transfers.ts'
import { createFile, uploadContent } from '../../load/file-transfers.ts'
import { CloudSyncPeer } from '../../peers/cloudsync-peer.ts'
import { checkGoal } from '../../report/goals.ts'
import { formatNumber } from '../../report/markdown.ts'
import { mebibyte, type StorageContext, type StoragePart } from './storage-part.ts'

const MAX_PAYLOAD_BYTES = 2_000
const MAX_WIRE_BYTES = 5_000
const INSERTED_BYTES = 1_000

interface Edit {
  readonly title: string
  readonly base: Buffer
  readonly target: Buffer
}

interface Measured {
  readonly title: string
  readonly ours: DeltaTransfer
  readonly rsyncBytes: number | undefined
}

/** What an edit of a large file costs on the wire. */
export async function measureDeltas(context: StorageContext): Promise<StoragePart> {
  const sizeMiB = context.isQuick ? 16 : 256
  await using peer = await CloudSyncPeer.open()
  const caller = await peer.addUser('editor')
  const { rootId } = await caller.space()
  const measured: Measured[] = []
  for (const { title, base, target } of editsOf(sizeMiB)) {
    const id = await createFile(caller, rootId, `${measured.length}.bin`)
    await uploadContent(caller, id, { body: Readable.from([base]), sizeBytes: base.byteLength })
    const ours = await sendDelta(caller, id, base, target)
    measured.push({ title, ours, rsyncBytes: await rsyncBytesOf(context, base, target) })
    context.say(`storage, ${title}: ${ours.payloadBytes} B of payload, ${ours.wireBytes} B in all`)
  }
  return {
    method: [
      `Edits of ${sizeMiB} MiB of random bytes, by a delta on the version that the server has: payload, and all bytes of the connection both ways, with headers; rsync (\`--no-whole-file --stats\`) from one directory to another, sent and received`,
    ],
    tables: [
      {
        title: 'An edit on the wire',
        header: ['', 'payload, B', 'in all, B', 'rsync, B', 'client, s', 'server, s'],
        rows: measured.map(({ title, ours, rsyncBytes }) => [
          title,
          formatNumber(ours.payloadBytes, 0),
          formatNumber(ours.wireBytes, 0),
          rsyncBytes === undefined ? '' : formatNumber(rsyncBytes, 0),
          formatNumber(ours.clientSeconds, 2),
          formatNumber(ours.serverSeconds, 2),
        ]),
      },
    ],
    goals: measured.flatMap(({ title, ours }) => [
      checkGoal({
        text: `${title}: at most ${MAX_PAYLOAD_BYTES} bytes of payload`,
        measured: ours.payloadBytes,
        limit: MAX_PAYLOAD_BYTES,
        unit: ' B',
        digits: 0,
      }),
      checkGoal({
        text: `${title}: at most ${MAX_WIRE_BYTES} bytes in all`,
        measured: ours.wireBytes,
        limit: MAX_WIRE_BYTES,
        unit: ' B',
        digits: 0,
      }),
    ]),
  }
}

function* editsOf(sizeMiB: number): Generator<Edit> {
  const base = randomBytes(sizeMiB * mebibyte)
  const middle = base.byteLength / 2
  yield {
    title: `${INSERTED_BYTES} bytes inserted in the middle`,
    base,
    target: Buffer.concat([
      base.subarray(0, middle),
      randomBytes(INSERTED_BYTES),
      base.subarray(middle),
    ]),
  }
  yield {
    title: 'one byte inserted at the front',
    base,
    target: Buffer.concat([randomBytes(1), base]),
  }
}

/** `undefined` where there is no rsync. */
async function rsyncBytesOf(
  { programs, workDir }: StorageContext,
  base: Buffer,
  target: Buffer,
): Promise<number | undefined> {
  const rsync = programs['RSYNC_BIN']
  if (rsync === undefined) return undefined
  const directory = join(workDir, 'rsync')
  await mkdir(join(directory, 'to'), { recursive: true })
  await writeFile(join(directory, 'file'), base)
  await copyFile(join(directory, 'file'), join(directory, 'to', 'file'))
  await writeFile(join(directory, 'file'), target)
  const args = ['--no-whole-file', '--ignore-times', '--stats', 'file', 'to/']
  const stats = execFileSync(rsync, args, { cwd: directory, encoding: 'utf8' })
  await rm(directory, { recursive: true })
  const read = (name: string) =>
    Number(new RegExp(`Total bytes ${name}: ([\\d,]+)`).exec(stats)?.[1]?.replaceAll(',', ''))
  return read('sent') + read('received')
}
