import type {
  BulkOperation,
  BulkResponse,
  CreateNodeRequest,
  FileMode,
  FileBatchResponse,
  Node,
  NodeId,
  NodeKind,
} from '@cloudsync/protocol'
import { apiRoot, type Api, type CallOptions, type ChangeOptions } from '../http/api.ts'
import { readJson } from '../http/http-client.ts'
import { Pages } from '../http/pages.ts'
import { multipartBody } from '../http/multipart-body.ts'
import { formBody, type RequestBody } from '../http/request-body.ts'
import { newNodeId } from '../ids.ts'

/** What a folder gets for a name that it has: refuse with `name_taken` (the default), or take `name (2).ext` and so on. */
export type IfTaken = 'fail' | 'rename'

export interface NodePatch {
  readonly name?: string
  readonly parentId?: NodeId
  /** Where the caller last saw it: somebody else's move meanwhile meets the conflict policy (`tree_conflict`). */
  readonly seen?: { readonly name?: string; readonly parentId?: NodeId }
  /** The `seq` that the caller knows; another one: `precondition_failed`, and nothing is done. */
  readonly ifSeq?: number
  readonly ifTaken?: IfTaken
  /** Of a folder; `null` takes what the folder above has. */
  readonly conflictPolicy?: 'last_write_wins' | 'ask' | null
  /** Of a file that is no symbolic link. */
  readonly mode?: 'regular' | 'executable'
}

export interface CopyTarget {
  readonly parentId: NodeId
  readonly name?: string
  readonly id?: NodeId
  readonly ifTaken?: IfTaken
}

/** A file whose content fits in memory; for larger ones there are uploads. */
export interface SmallFile {
  readonly parentId: NodeId
  readonly name: string
  readonly content: string | Uint8Array | Blob
  /** Default: a new one. The server makes one file of an id. */
  readonly id?: NodeId
  readonly ifTaken?: IfTaken
  /** Default: `regular`. The content of a `symlink` is its target. */
  readonly mode?: FileMode
}

/** Folders and files: what is where, and under which name. */
export class NodesApi {
  readonly #api: Api

  constructor(api: Api) {
    this.#api = api
  }

  get(id: NodeId, options?: CallOptions): Promise<Node> {
    return this.#api.get(`/nodes/${id}`, {}, options)
  }

  /** What is in a folder, by name. */
  children(id: NodeId, options: CallOptions & { kind?: NodeKind; pageSize?: number } = {}) {
    const { kind, pageSize: limit, ...call } = options
    return new Pages<Node>((cursor) =>
      this.#api.get(`/nodes/${id}/children`, { cursor, kind, limit }, call),
    )
  }

  /** The folders above, from the root down. */
  async ancestors(id: NodeId, options?: CallOptions): Promise<readonly Node[]> {
    const { items } = await this.#api.get<{ items: Node[] }>(`/nodes/${id}/ancestors`, {}, options)
    return items
  }

  /** What others have shared with the caller, one by one. */
  shared(options?: CallOptions): Pages<Node> {
    return new Pages((cursor) => this.#api.get('/shared', { cursor }, options))
  }

  /** Makes a folder, an empty text, or an empty file of bytes. */
  create(node: CreateNodeRequest, options?: ChangeOptions): Promise<Node> {
    return this.#api.change('POST', '/nodes', { ...node, id: node.id ?? this.#newId() }, options)
  }

  /** Makes a file with its content; what is a text becomes a live one. */
  createFile(file: SmallFile, options: CallOptions = {}): Promise<Node> {
    const { content, ...fields } = { ...file, id: file.id ?? this.#newId() }
    const form = Object.entries(fields).flatMap(([name, value]) =>
      value === undefined ? [] : { name, content: value },
    )
    return this.#postForm(form, { path: '/nodes', contents: [content], options })
  }

  /**
   * Makes up to 500 files, of 8 MiB together. One result each, in their order. A file whose `id` is there already and is
   * the caller's counts as made.
   */
  createFiles(files: readonly SmallFile[], options: CallOptions = {}): Promise<FileBatchResponse> {
    const list = files.map(({ parentId, name, ifTaken, mode, id = this.#newId() }) => ({
      parentId,
      name,
      id,
      ifTaken,
      mode,
    }))
    const form = [{ name: 'files', content: JSON.stringify(list) }]
    const contents = files.map(({ content }) => content)
    return this.#postForm(form, { path: '/nodes/files', contents, options })
  }

  /** Renames it, moves it to another folder, sets its mode, or a folder's conflict policy. */
  patch(id: NodeId, patch: NodePatch, options?: ChangeOptions): Promise<Node> {
    return this.#api.change('PATCH', `/nodes/${id}`, patch, options)
  }

  rename(id: NodeId, name: string, options?: ChangeOptions): Promise<Node> {
    return this.patch(id, { name }, options)
  }

  move(
    id: NodeId,
    to: { readonly parentId: NodeId; readonly name?: string; readonly ifTaken?: IfTaken },
    options?: ChangeOptions,
  ): Promise<Node> {
    return this.patch(id, to, options)
  }

  /** With all that is below it; no bytes are copied. */
  copy(id: NodeId, target: CopyTarget, options?: ChangeOptions): Promise<Node> {
    const body = { ...target, id: target.id ?? this.#newId() }
    return this.#api.change('POST', `/nodes/${id}/copies`, body, options)
  }

  /** Into the trash. `batchId` brings it back by `trash.undo`. */
  trash(id: NodeId, options?: ChangeOptions): Promise<{ readonly batchId: string }> {
    return this.#api.change('DELETE', `/nodes/${id}`, undefined, options)
  }

  /** Back from the trash, into its old folder or the nearest one above that lives. */
  restore(id: NodeId, options?: ChangeOptions): Promise<Node> {
    return this.#api.change('POST', `/nodes/${id}/restore`, undefined, options)
  }

  /** Up to 1,000 changes in one transaction; each succeeds or fails by itself. One result each, in their order. */
  bulk(operations: readonly BulkOperation[], options?: ChangeOptions): Promise<BulkResponse> {
    return this.#api.change('POST', '/nodes/bulk', { operations }, options)
  }

  #newId(): NodeId {
    return newNodeId(this.#api.http.options.clock.now())
  }

  #postForm<T>(
    fields: readonly { readonly name: string; readonly content: string }[],
    request: {
      readonly path: string
      readonly contents: readonly (string | Uint8Array | Blob)[]
      readonly options: CallOptions
    },
  ): Promise<T> {
    const { path, contents } = request
    const { signal, timeoutMs } = request.options
    return this.#api.http.send({
      method: 'POST',
      path: apiRoot + path,
      body: this.#formOf(fields, contents),
      repetition: 'freely',
      limit: 'transfer',
      signal,
      timeoutMs,
      read: readJson<T>,
    })
  }

  #formOf(
    fields: readonly { readonly name: string; readonly content: string }[],
    contents: readonly (string | Uint8Array | Blob)[],
  ): RequestBody {
    const inMemory = contents.flatMap((content) => (content instanceof Blob ? [] : [content]))
    if (inMemory.length === contents.length) {
      const files = inMemory.map((content) => ({ name: 'file', isFile: true, content }))
      return multipartBody([...fields, ...files], `cloudsync-${this.#newId()}`)
    }
    const form = new FormData()
    for (const { name, content } of fields) form.set(name, content)
    let sizeBytes = 0
    for (const content of contents) {
      const blob =
        content instanceof Blob ? content : new Blob([content as string | Uint8Array<ArrayBuffer>])
      sizeBytes += blob.size
      // The name of the part decides nothing.
      form.append('file', blob, 'file')
    }
    return formBody(form, sizeBytes)
  }
}
