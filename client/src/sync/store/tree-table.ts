import type { NodeId } from '@cloudsync/protocol'
import type { DatabaseSync, SQLInputValue, SQLOutputValue, StatementSync } from 'node:sqlite'
import type { Entry, EntryKind, LocalEntry, RemoteEntry, SyncedEntry } from '../model/entry.ts'
import { makeFingerprint } from '../model/fingerprint.ts'

interface Shape<E extends Entry> {
  readonly table: string
  /** After id, parent_id, name and kind. */
  readonly columns: readonly string[]
  readonly write: (entry: E) => SQLInputValue[]
  readonly read: (entry: Entry, row: SQLOutputValue[]) => E
}

export const remoteShape: Shape<RemoteEntry> = {
  table: 'remote',
  columns: ['seq', 'content', 'is_text', 'size_bytes', 'can_edit', 'is_executable'],
  write: (entry) => [
    entry.seq,
    entry.content,
    Number(entry.isText),
    entry.sizeBytes,
    Number(entry.canEdit),
    flagOf(entry.isExecutable),
  ],
  read: (entry, [seq, content, isText, sizeBytes, canEdit, isExecutable]) => ({
    ...entry,
    seq: Number(seq),
    content: textOf(content),
    isText: isText === 1,
    sizeBytes: typeof sizeBytes === 'number' ? sizeBytes : null,
    canEdit: canEdit === 1,
    ...modeOf(isExecutable),
  }),
}

export const localShape: Shape<LocalEntry> = {
  table: 'local',
  columns: [
    'content',
    'device',
    'inode',
    'born_ns',
    'size_bytes',
    'modified_ns',
    'changed_ns',
    'is_text',
    'disk_name',
    'is_executable',
  ],
  write: ({ content, fingerprint, isText, diskName }) => [
    content,
    fingerprint?.device ?? null,
    fingerprint?.inode ?? null,
    fingerprint?.bornNs ?? null,
    fingerprint?.sizeBytes ?? null,
    fingerprint?.modifiedNs ?? null,
    fingerprint?.changedNs ?? null,
    flagOf(isText),
    diskName ?? null,
    flagOf(fingerprint?.isExecutable),
  ],
  read: (entry, row) => {
    const [content, device, inode, bornNs, sizeBytes, modifiedNs, changedNs, ...rest] = row
    const [isText, diskName, isExecutable] = rest
    return {
      ...entry,
      content: textOf(content),
      ...(typeof isText === 'number' ? { isText: isText === 1 } : {}),
      ...(typeof diskName === 'string' ? { diskName } : {}),
      fingerprint:
        device === null
          ? null
          : makeFingerprint({
              device: String(device),
              inode: String(inode),
              bornNs: String(bornNs),
              sizeBytes: Number(sizeBytes),
              modifiedNs: String(modifiedNs),
              changedNs: String(changedNs),
              ...modeOf(isExecutable),
            }),
    }
  },
}

export const syncedShape: Shape<SyncedEntry> = {
  table: 'synced',
  columns: ['local_content', 'remote_content', 'is_executable'],
  write: (entry) => [entry.localContent, entry.remoteContent, flagOf(entry.isExecutable)],
  read: (entry, [localContent, remoteContent, isExecutable]) => ({
    ...entry,
    localContent: textOf(localContent),
    remoteContent: textOf(remoteContent),
    ...modeOf(isExecutable),
  }),
}

/** One of the three trees: whole in memory, and each change in the database first. */
export class TreeTable<E extends Entry> {
  readonly entries = new Map<NodeId, E>()
  readonly #shape: Shape<E>
  readonly #put: StatementSync
  readonly #remove: StatementSync
  readonly #all: StatementSync

  constructor(database: DatabaseSync, shape: Shape<E>) {
    this.#shape = shape
    const columns = ['id', 'parent_id', 'name', 'kind', ...shape.columns]
    const marks = columns.map(() => '?').join(', ')
    this.#put = database.prepare(
      `INSERT OR REPLACE INTO ${shape.table} (${columns.join(', ')}) VALUES (${marks})`,
    )
    this.#remove = database.prepare(`DELETE FROM ${shape.table} WHERE id = ?`)
    this.#all = database.prepare(`SELECT ${columns.join(', ')} FROM ${shape.table}`)
  }

  /** All that is there; `common` gives an entry as it is kept in memory. */
  load(common: (entry: E) => E): void {
    const all = this.#all
    all.setReturnArrays(true)
    for (const row of all.iterate() as Iterable<unknown> as Iterable<SQLOutputValue[]>) {
      const [id, parentId, name, kind, ...rest] = row
      const entry = {
        id: String(id) as NodeId,
        parentId: String(parentId) as NodeId,
        name: String(name),
        kind: kindOf(kind),
      }
      const read = common(this.#shape.read(entry, rest))
      this.entries.set(read.id, read)
    }
  }

  /** Only the row; the entry follows by `entries` when the transaction is committed. */
  writeRow(entry: E): void {
    const { id, parentId, name, kind } = entry
    this.#put.run(id, parentId, name, kind, ...this.#shape.write(entry))
  }

  removeRow(id: NodeId): void {
    this.#remove.run(id)
  }
}

function kindOf(value: SQLOutputValue | undefined): EntryKind {
  return value === 'folder' || value === 'symlink' ? value : 'file'
}

function flagOf(flag: boolean | undefined): number | null {
  return flag === undefined ? null : Number(flag)
}

function modeOf(value: SQLOutputValue | undefined): { isExecutable?: boolean } {
  return typeof value === 'number' ? { isExecutable: value === 1 } : {}
}

function textOf(value: SQLOutputValue | undefined): string | null {
  return typeof value === 'string' ? value : null
}
