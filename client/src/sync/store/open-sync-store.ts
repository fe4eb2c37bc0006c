import { existsSync, mkdirSync, renameSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { NewerDatabaseError } from './schema.ts'
import { SyncStore } from './sync-store.ts'

/** Of files that arrive by the hundred, a few come within it; nobody who saves one notices it. */
const gatherMs = 3

export interface OpenedStore {
  readonly store: SyncStore
  /** Where a database lies that could not be read. What it knew is found again from both sides. */
  readonly damagedPath: string | undefined
}

/**
 * Opens the database at `path`, or makes one. One that is damaged is put aside, never deleted: without it nothing is
 * known as synced, so nothing can be taken for deleted, and equal contents find each other again.
 */
export function openSyncStore(path: string, nowMs: number): OpenedStore {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  try {
    return { store: openChecked(path), damagedPath: undefined }
  } catch (error) {
    if (error instanceof NewerDatabaseError || !isDamage(error)) throw error
    const damagedPath = `${path}.damaged-${nowMs}`
    for (const end of ['', '-wal', '-shm'])
      if (existsSync(path + end)) renameSync(path + end, damagedPath + end)
    return { store: openChecked(path), damagedPath }
  }
}

function openChecked(path: string): SyncStore {
  const database = new DatabaseSync(path)
  try {
    const result = database.prepare('PRAGMA quick_check(1)').get()
    if (result?.['quick_check'] !== 'ok') throw new DamagedDatabaseError()
    return new SyncStore(database, (run) => setTimeout(run, gatherMs))
  } catch (error) {
    database.close()
    throw error
  }
}

class DamagedDatabaseError extends Error {}

const corrupt = 11
const notADatabase = 26

/** Full disks, locks and rights are no damage: they pass. */
function isDamage(error: unknown): boolean {
  if (error instanceof DamagedDatabaseError) return true
  if (!(error instanceof Error) || !('errcode' in error)) return false
  // The low byte is the code, the rest says more about it.
  const code = Number(error.errcode) & 0xff
  return code === corrupt || code === notADatabase
}
