import { execFile } from 'node:child_process'
import { cp, mkdir, open, rm, truncate, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { seededRandom } from '../../storage/testing/seeded-random.ts'
import { sayer } from './made-up-words.ts'
import { drawSystemFiles } from './system-tar.ts'

const run = promisify(execFile)

const seed = 20_261_202
const id = '6f0d2c1e-7a55-4a0b-9b7e-2f0c8a4d1e90'
const blockBytes = 4096
const builtAt = 1_790_000_000
const bootedAt = builtAt + 86_400
const mebibyte = 1024 * 1024

/** Logs that a boot adds to, with the lines that were in them and that come. */
const logs = { syslog: [4_000, 900], 'kern.log': [2_500, 700], 'auth.log': [500, 12] } as const
const journal = '/var/log/journal/system.journal'
const journalBytes = 8 * mebibyte
const journalUsedBytes = 3 * mebibyte
const journalNewBytes = 600_000
const readFiles = 1_500
const rewritten = { '/var/lib/systemd/random-seed': 512, '/boot/grub/grubenv': 1024 }

/** Where e2fsprogs lie. */
export interface DiskPrograms {
  readonly mke2fs: string
  readonly debugfs: string
}

/** A disk image that was made, which `boot` changes. */
export interface DiskImage {
  readonly path: string
  /** Files of this machine in it, by their paths there. */
  readonly files: readonly string[]
}

/** Writes a sparse image of ext4, with files of this machine on two fifths of it, logs and a journal. */
export async function writeDiskImage(
  { mke2fs }: DiskPrograms,
  path: string,
  sizeBytes: number,
): Promise<DiskImage> {
  const root = `${path}-root`
  const files = await drawSystemFiles(sizeBytes * 0.4)
  for (const file of files) await cp(file, join(root, file), { recursive: true })
  const random = seededRandom(seed)
  for (const [name, [lines]] of Object.entries(logs))
    await put(root, `/var/log/${name}`, logLines(random, lines, builtAt))
  // Full of what an earlier one has left in its blocks: zeros would get none.
  await put(root, journal, journalRecords(random, journalBytes))
  for (const [name, bytes] of Object.entries(rewritten)) await put(root, name, noise(random, bytes))
  await writeFile(path, '')
  await truncate(path, sizeBytes)
  const options = ['-q', '-F', '-t', 'ext4', '-b', `${blockBytes}`, '-d', root]
  await run(mke2fs, [...options, '-U', id, '-E', `hash_seed=${id}`, path], atTime(builtAt))
  await rm(root, { recursive: true })
  return { path, files }
}

/** Changes an image as a boot does: logs grow, files are read and a few written, in the places that ext4 gives. */
export async function bootDiskImage(
  { debugfs }: DiskPrograms,
  { path, files }: DiskImage,
): Promise<void> {
  const random = seededRandom(seed + 1)
  const staged = `${path}-new`
  const commands = ['set_super_value mnt_count 2', `set_super_value mtime @${bootedAt}`]
  const replace = async (name: string, bytes: Uint8Array) => {
    await put(staged, name, bytes)
    commands.push(`rm ${name}`, `write ${staged}${name} ${name}`)
  }
  for (const [name, [oldLines, newLines]] of Object.entries(logs)) {
    const before = logLines(seededRandom(seed), oldLines, builtAt)
    const after = logLines(random, newLines, bootedAt)
    await replace(`/var/log/${name}`, Buffer.concat([before, after]))
  }
  for (const [name, bytes] of Object.entries(rewritten)) await replace(name, noise(random, bytes))
  for (let read = 0; read < readFiles; read++) {
    const file = files[Math.floor(random() * files.length)] ?? ''
    if (!file.includes(' ')) commands.push(`set_inode_field ${file} atime @${bootedAt + read}`)
  }
  const script = `${path}-commands`
  await writeFile(script, `${commands.join('\n')}\n`)
  await run(debugfs, ['-w', '-f', script, path], atTime(bootedAt))
  await rm(staged, { recursive: true })
  await rm(script)
  const records = journalRecords(random, journalNewBytes)
  await writeInPlace(debugfs, path, journalUsedBytes, records)
}

/** Into the blocks that the journal has already. */
async function writeInPlace(debugfs: string, image: string, start: number, bytes: Uint8Array) {
  const { stdout } = await run(debugfs, ['-R', `blocks ${journal}`, image])
  const blocks = stdout.trim().split(/\s+/).map(Number)
  await using file = await open(image, 'r+')
  for (let at = 0; at < bytes.byteLength; at += blockBytes) {
    const block = blocks[(start + at) / blockBytes]
    if (block === undefined) throw new Error('The journal is too short')
    const piece = bytes.subarray(at, at + blockBytes)
    await file.write(piece, 0, piece.byteLength, block * blockBytes)
  }
}

function logLines(random: () => number, count: number, from: number): Buffer {
  const say = sayer(random)
  const line = (index: number) => {
    const at = new Date((from + index) * 1000).toISOString()
    return `${at} host ${say(1)}[${Math.floor(random() * 30_000)}]: ${say(4 + Math.floor(random() * 12))}\n`
  }
  return Buffer.from(Array.from({ length: count }, (_, index) => line(index)).join(''))
}

/** As those of systemd: a text in binary fields and hashes. */
function journalRecords(random: () => number, sizeBytes: number): Buffer {
  const say = sayer(random)
  const records: Buffer[] = []
  for (let bytes = 0; bytes < sizeBytes;) {
    const text = Buffer.from(`MESSAGE=${say(8)}\0_COMM=${say(1)}\0`)
    const record = Buffer.concat([noise(random, 16), Buffer.alloc(24), text])
    records.push(record)
    bytes += record.byteLength
  }
  return Buffer.concat(records).subarray(0, sizeBytes)
}

function noise(random: () => number, sizeBytes: number): Buffer {
  return Buffer.from(Uint8Array.from({ length: sizeBytes }, () => random() * 256))
}

async function put(root: string, name: string, bytes: Uint8Array): Promise<void> {
  await mkdir(dirname(join(root, name)), { recursive: true })
  await writeFile(join(root, name), bytes)
}

/** The same times in each image. */
function atTime(seconds: number) {
  return { env: { ...process.env, E2FSPROGS_FAKE_TIME: `${seconds}` } }
}
