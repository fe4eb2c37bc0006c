import { randomBytes } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { copyFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { bootDiskImage, writeDiskImage } from '../../corpora/disk-image.ts'
import { writeReleaseTar } from '../../corpora/npm-releases.ts'
import { writeRandomFile } from '../../corpora/random-bytes.ts'
import { updateShop, writeShop } from '../../corpora/sqlite-database.ts'
import type { EditedFile } from '../../peers/edit-peers.ts'
import type { PartContext } from '../in-parts.ts'
import { mebibyte } from './units.ts'

export interface Edit {
  readonly title: string
  /** Of `few` bytes, which must cost few, or of `real` data, which must cost less than rsync needs. */
  readonly kind: 'few' | 'real'
  /** Of more than this nobody else than rsync is asked. */
  readonly isHuge?: boolean
  readonly write: (files: EditedFile) => Promise<void>
}

export function listEdits({ isQuick, programs }: PartContext): Edit[] {
  const { MKE2FS_BIN: mke2fs, DEBUGFS_BIN: debugfs } = programs
  const orders = isQuick ? 10_000 : 150_000
  const updates = isQuick ? 50 : 1_000
  return [
    insertion('middle', 1_000, (isQuick ? 16 : 256) * mebibyte),
    { ...insertion('front', 1, isQuick ? 20_000_000 : 1_000_000_000), isHuge: true },
    release('typescript', '5.8.3', '5.9.2'),
    release('date-fns', '4.1.0', '4.2.0'),
    {
      title: `SQLite, ${updates.toLocaleString('en-US')} updates in ${orders.toLocaleString('en-US')} rows`,
      kind: 'real',
      async write({ base, target }) {
        writeShop(base, orders)
        await copyFile(base, target)
        updateShop(target, updates)
      },
    },
    ...(mke2fs && debugfs ? [boot({ mke2fs, debugfs }, (isQuick ? 64 : 512) * mebibyte)] : []),
  ]
}

function insertion(where: 'front' | 'middle', insertedBytes: number, sizeBytes: number): Edit {
  const position = where === 'front' ? 0 : sizeBytes / 2
  const size =
    sizeBytes >= 1e9 ? `${sizeBytes / 1e9} GB` : `${Math.round(sizeBytes / mebibyte)} MiB`
  return {
    title: `${insertedBytes.toLocaleString('en-US')} B inserted, ${where} of ${size}`,
    kind: 'few',
    async write({ base, target }) {
      await writeRandomFile(base, sizeBytes)
      await writeFile(target, insertInto(base, position, randomBytes(insertedBytes)))
    },
  }
}

async function* insertInto(path: string, position: number, bytes: Buffer): AsyncGenerator<Buffer> {
  if (position > 0) yield* createReadStream(path, { end: position - 1 })
  yield bytes
  yield* createReadStream(path, { start: position })
}

function release(name: string, from: string, to: string): Edit {
  return {
    title: `Tar of ${name}, ${from} to ${to}`,
    kind: 'real',
    async write({ base, target }) {
      await writeReleaseTar(base, name, from)
      await writeReleaseTar(target, name, to)
    },
  }
}

function boot(programs: Parameters<typeof writeDiskImage>[0], sizeBytes: number): Edit {
  return {
    title: `Sparse ext4 of ${sizeBytes / mebibyte} MiB, after a boot`,
    kind: 'real',
    async write({ base, target }) {
      const image = await writeDiskImage(programs, base, sizeBytes)
      await copyFile(base, target)
      await bootDiskImage(programs, { ...image, path: target })
    },
  }
}

/** The two files of an edit, in a directory. */
export function editedFileIn(directory: string): EditedFile {
  return { base: join(directory, 'base'), target: join(directory, 'target') }
}
