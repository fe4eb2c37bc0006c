import type { NodeId } from '@cloudsync/protocol'
import { Semaphore } from '../disk/semaphore.ts'
import type { CloudSyncClient } from '../../sdk/index.ts'
import type { ContentName, RemoteEntry } from '../model/entry.ts'
import type {
  Remote,
  RemoteFile,
  RemoteOutcome,
  RemotePage,
  RemotePlace,
  RemoteSent,
  SeenPlace,
  TextAnswer,
  TextExchange,
  TrashItem,
  TrashOutcome,
} from '../ports.ts'
import { FileDownloads, type Downloaded, type LocalBase } from './file-downloads.ts'
import { replaceFile } from './file-replacements.ts'
import { uploadFiles } from './file-uploads.ts'
import { describeNode, type RemoteContext } from './remote-context.ts'
import { asOutcome, asRefusal, orRemoteError } from './remote-failures.ts'
import { RemoteFeed, type RemoteFeedOptions } from './remote-feed.ts'
import { trashItems } from './remote-trash.ts'
import { ServerModes } from './server-modes.ts'
import { exchangeTexts } from './text-exchanges.ts'

export type HttpRemoteOptions = Omit<RemoteContext, 'batches' | 'modes'> & RemoteFeedOptions

/**
 * Of small files, on their way at a time. Each takes up to 16 MiB of memory; the server does no more at once either. Several fill
 * a line with latency; without it they would share one processor, and keep it from whoever receives what was sent.
 */
const batchesAtATime = { quickLine: 1, slowLine: 4 }
/** An answer of a server that was asked for nothing much takes no longer on a line without latency. */
const quickAnswerMs = 30

type Changed = RemoteOutcome<{ entry: RemoteEntry }>

/** The linked folder on a server, over its REST API. Methods may be called at once. */
export class HttpRemote implements Remote {
  readonly #client: CloudSyncClient
  readonly #context: RemoteContext
  readonly #feed: RemoteFeed
  readonly #downloads: FileDownloads

  constructor(options: HttpRemoteOptions) {
    this.#client = options.client
    const { client, place } = options
    const modes = new ServerModes(() => orRemoteError(() => client.nodes.get(place.folderId)))
    this.#context = { ...options, modes, batches: new Semaphore(batchesAtATime.slowLine) }
    this.#feed = new RemoteFeed(options)
    this.#downloads = new FileDownloads(this.#context)
  }

  async changes(
    cursor: string,
    waitMs: number,
    signal?: AbortSignal,
  ): Promise<RemotePage | 'expired'> {
    const startedAtMs = performance.now()
    const page = await this.#feed.changes(cursor, waitMs, signal)
    if (waitMs === 0) this.#noteAnswer(performance.now() - startedAtMs)
    return page
  }

  /** What is asked whenever the server was found again. */
  #noteAnswer(tookMs: number): void {
    const { quickLine, slowLine } = batchesAtATime
    this.#context.batches.resize(tookMs <= quickAnswerMs ? quickLine : slowLine)
  }

  snapshot(): AsyncIterable<RemotePage> {
    return this.#feed.snapshot()
  }

  createFolder({ id, parentId, name }: RemotePlace, operationId: string): Promise<Changed> {
    const node = { id, parentId, name, kind: 'folder', ifTaken: 'fail' } as const
    return this.#entryOf(() => this.#client.nodes.create(node, { operationId }))
  }

  /** Each file has an id of its own, by which it is made once: `operationId` is not needed. */
  upload(
    files: readonly (RemoteFile & RemotePlace)[],
  ): Promise<readonly RemoteOutcome<RemoteSent>[]> {
    return uploadFiles(this.#context, files)
  }

  /** The server knows it again, whatever others have made of it since, by its bytes and its base: `operationId` is not needed. */
  replace(file: RemoteFile, base: ContentName): Promise<RemoteOutcome<RemoteSent>> {
    return replaceFile(this.#context, file, base)
  }

  move(
    { id, parentId, name }: RemotePlace,
    seen: SeenPlace,
    operationId: string,
  ): Promise<Changed> {
    const patch = { parentId, name, seen, ifTaken: 'fail' } as const
    return this.#entryOf(() => this.#client.nodes.patch(id, patch, { operationId }))
  }

  setExecutable(id: NodeId, isExecutable: boolean, operationId: string): Promise<Changed> {
    const mode = isExecutable ? 'executable' : 'regular'
    return this.#entryOf(() => this.#client.nodes.patch(id, { mode }, { operationId }))
  }

  async restore(id: NodeId, operationId: string): Promise<Changed> {
    const restore = () => this.#client.nodes.restore(id, { operationId })
    const outcome = await asOutcome(restore, asRefusal)
    return outcome.kind === 'done' ? this.#entryOf(async () => outcome.value) : outcome
  }

  trash(items: readonly TrashItem[], operationId: string): Promise<TrashOutcome> {
    return trashItems(this.#context, items, operationId)
  }

  download(id: NodeId, content: ContentName, base?: LocalBase): Promise<Downloaded> {
    return this.#downloads.download(id, content, base)
  }

  exchangeTexts(texts: readonly TextExchange[]): Promise<readonly RemoteOutcome<TextAnswer>[]> {
    return exchangeTexts(this.#client, texts)
  }

  #entryOf(change: () => ReturnType<CloudSyncClient['nodes']['get']>): Promise<Changed> {
    return asOutcome(async () => ({ entry: await describeNode(this.#context, await change()) }))
  }
}
