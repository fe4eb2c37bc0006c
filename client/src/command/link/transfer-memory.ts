import { DatabaseSync } from 'node:sqlite'
import type { ChunkLists, UploadUrls } from '../../sync/remote/index.ts'
import { unlessFull } from '../../sync/store/store-failures.ts'

const schema = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
  CREATE TABLE IF NOT EXISTS uploads (key TEXT PRIMARY KEY, url TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS chunk_lists (
    number INTEGER PRIMARY KEY, sha256 TEXT NOT NULL UNIQUE, list BLOB NOT NULL
  ) STRICT;
`

/** So many contents are known by their pieces. */
const maxLists = 2000

/** What saves bytes on the way: uploads that have begun, and the pieces of what is there. Losing it loses no file. */
export class TransferMemory implements Disposable {
  readonly uploadUrls: UploadUrls
  readonly chunkLists: ChunkLists
  readonly #database: DatabaseSync

  constructor(path: string) {
    this.#database = new DatabaseSync(path)
    this.#database.exec(schema)
    this.uploadUrls = openUploadUrls(this.#database)
    this.chunkLists = openChunkLists(this.#database)
  }

  [Symbol.dispose](): void {
    this.#database.close()
  }
}

function openUploadUrls(database: DatabaseSync): UploadUrls {
  const find = database.prepare('SELECT url FROM uploads WHERE key = ?')
  const put = database.prepare('INSERT OR REPLACE INTO uploads (key, url) VALUES (?, ?)')
  const remove = database.prepare('DELETE FROM uploads WHERE key = ?')
  return {
    find(key) {
      const url = find.get(key)?.['url']
      return typeof url === 'string' ? url : undefined
    },
    put: (key, url) => unlessFull(() => put.run(key, url)),
    remove: (key) => unlessFull(() => remove.run(key)),
  }
}

function openChunkLists(database: DatabaseSync): ChunkLists {
  const find = database.prepare('SELECT list FROM chunk_lists WHERE sha256 = ?')
  const put = database.prepare('INSERT OR REPLACE INTO chunk_lists (sha256, list) VALUES (?, ?)')
  const cut = database.prepare('DELETE FROM chunk_lists WHERE number <= ?')
  return {
    find(sha256) {
      const list = find.get(sha256)?.['list']
      return Promise.resolve(list instanceof Uint8Array ? list : undefined)
    },
    put(sha256, list) {
      unlessFull(() => {
        const { lastInsertRowid } = put.run(sha256, list)
        cut.run(Number(lastInsertRowid) - maxLists)
      })
      return Promise.resolve()
    },
  }
}
