import type { NodeId } from '@cloudsync/protocol'
import type { Awareness } from 'y-protocols/awareness'
import * as Y from 'yjs'
import { emptyLedger, pendingEdits, updateLedger, type EditLedgerEvent } from './edit-ledger.ts'
import { LiveConnection, type LiveSign } from './live-connection.ts'
import type { LiveTimers } from './live-timers.ts'
import { deriveSaveState, type SaveState } from './save-state.ts'
import { textDocument, textRoot } from './text-document.ts'

export interface LiveTextOptions {
  readonly nodeId: NodeId
  readonly url: string
  readonly sign: LiveSign
  readonly timers: LiveTimers
  /** In [0, 1). */
  readonly random: () => number
  readonly WebSocket: typeof WebSocket
  /** With what an earlier run has kept of the same text, if anything. Default: a new one. */
  readonly doc?: Y.Doc | undefined
}

/** `pending` counts edits that the server has not said to be durable; they are in `doc` alone. */
export type LiveTextStatus =
  /** For the first time. */
  | { readonly kind: 'connecting'; readonly pending: number }
  /** On a link, and all edits are durable on the server. */
  | { readonly kind: 'saved' }
  | { readonly kind: 'saving'; readonly pending: number }
  /** On a link, without the right to edit. */
  | { readonly kind: 'read_only' }
  /** Without a link; it comes back by itself, and so do the edits. */
  | { readonly kind: 'offline'; readonly pending: number }
  /** The server takes nothing of it. `doc` has what was typed; nothing more is tried. */
  | { readonly kind: 'refused'; readonly reason: string; readonly pending: number }
  /** Over: `reason` is a close code of the protocol, such as `signedOut`, `notFound`, `trashed`, `sealed`. */
  | { readonly kind: 'ended'; readonly reason: string; readonly pending: number }

/** An edit that waits longer than this on an open socket has been lost on the way: start over. */
const acknowledgeTimeoutMs = 20_000

/** The text is not live any more, or was not saved in time; `status` says how it stands. */
export class LiveTextError extends Error {
  override readonly name = 'LiveTextError'
  readonly status: LiveTextStatus

  constructor(message: string, status: LiveTextStatus) {
    super(message)
    this.status = status
  }
}

/**
 * One text, edited live: what others type comes into `text`, and every transaction of `doc` goes out. Edits may be made
 * at any time, also before the first connection and while there is none.
 */
export class LiveText implements AsyncDisposable {
  readonly doc: Y.Doc
  readonly text: Y.Text
  readonly #options: LiveTextOptions
  readonly #connection: LiveConnection
  readonly #listeners = new Set<(status: LiveTextStatus) => void>()
  #ledger = emptyLedger
  #status: LiveTextStatus = { kind: 'connecting', pending: 0 }
  #wasOpened = false
  #isClosed = false
  #acknowledgeTimer: unknown

  constructor(options: LiveTextOptions) {
    this.#options = options
    this.doc = options.doc ?? new Y.Doc()
    this.text = this.doc.getText(textRoot)
    // What is in it already counts as an edit until the server has it all.
    if (this.doc.store.clients.size > 0)
      this.#ledger = updateLedger(this.#ledger, { type: 'restored', edits: 1 })
    // Before the connection is made: an edit is counted before its frame is sent.
    this.doc.on('update', this.#onUpdate)
    this.#connection = new LiveConnection({
      documentName: textDocument(options.nodeId),
      document: this.doc,
      url: options.url,
      sign: options.sign,
      timers: options.timers,
      random: options.random,
      WebSocket: options.WebSocket,
      onSocketOpened: () => this.#record({ type: 'socketOpened' }),
      onStateFrame: () => this.#record({ type: 'frameSent' }),
      onSaved: (received) => this.#onSaved(received),
      onChanged: () => this.#onLinkChanged(),
    })
    this.#status = this.#readStatus()
    this.#connection.open()
  }

  /** Who else is there, and what they say of themselves. */
  get awareness(): Awareness {
    return this.#connection.awareness
  }

  get status(): LiveTextStatus {
    return this.#status
  }

  /** Calls back whenever the status changes, until the function that it gives is called. */
  onStatus(listener: (status: LiveTextStatus) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Resolves when the text of the server is here. Rejects with a `LiveTextError` when it cannot come. */
  opened(signal?: AbortSignal): Promise<void> {
    return this.#until(() => this.#wasOpened, signal)
  }

  /**
   * Resolves when all edits that were made so far are durable on the server, over however many connections. Rejects with
   * a `LiveTextError` when that cannot happen any more.
   */
  saved(signal?: AbortSignal): Promise<void> {
    const made = this.#ledger.made
    return this.#until(() => this.#wasOpened && this.#ledger.acknowledged >= made, signal)
  }

  /** Tries to connect at once instead of after the delay: for who knows that the network is back. */
  retryNow(): void {
    this.#connection.retryNow()
  }

  /** Ends the link. What is not saved by then stays in `doc` alone: await `saved` first. May be called twice. */
  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#options.timers.clear(this.#acknowledgeTimer)
    this.doc.off('update', this.#onUpdate)
    this.#connection.destroy()
    this.#publish()
    this.#listeners.clear()
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.close()
    return Promise.resolve()
  }

  #until(isSo: () => boolean, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = () => {
        if (isSo()) end(resolve)
        else if (this.#isClosed || this.#connection.isOver) end(() => reject(this.#failure()))
      }
      const abort = () => end(() => reject(signal?.reason as Error))
      const end = (settle: () => void) => {
        this.#looks.delete(look)
        signal?.removeEventListener('abort', abort)
        settle()
      }
      this.#looks.add(look)
      signal?.addEventListener('abort', abort)
      if (signal?.aborted === true) abort()
      else look()
    })
  }

  /** Those that wait for something; a change of the status is not all that they wait for. */
  readonly #looks = new Set<() => void>()

  #failure(): LiveTextError {
    const how = this.#isClosed ? 'closed' : this.#status.kind
    return new LiveTextError(`The text is ${how}`, this.#status)
  }

  #onUpdate = (_update: Uint8Array, origin: unknown): void => {
    if (!this.#connection.isRemote(origin)) this.#record({ type: 'edited' })
  }

  #onSaved(received: number): void {
    this.#record({ type: 'saved', received })
    this.#watchAcknowledgement()
  }

  #onLinkChanged(): void {
    if (this.#connection.link.kind === 'online') this.#wasOpened = true
    this.#watchAcknowledgement()
    this.#publish()
  }

  #watchAcknowledgement(): void {
    const { timers } = this.#options
    timers.clear(this.#acknowledgeTimer)
    this.#acknowledgeTimer = undefined
    if (this.#connection.link.kind !== 'online' || pendingEdits(this.#ledger) === 0) return
    this.#acknowledgeTimer = timers.set(() => this.#connection.hangUp(), acknowledgeTimeoutMs)
  }

  #record(event: EditLedgerEvent): void {
    this.#ledger = updateLedger(this.#ledger, event)
    if (event.type === 'edited' && this.#acknowledgeTimer === undefined)
      this.#watchAcknowledgement()
    this.#publish()
  }

  #readStatus(): LiveTextStatus {
    const pending = pendingEdits(this.#ledger)
    const { link, serverAllowsEdit } = this.#connection
    return statusOf(deriveSaveState(link, pending, serverAllowsEdit), pending)
  }

  #publish(): void {
    const next = this.#readStatus()
    const isNews = JSON.stringify(next) !== JSON.stringify(this.#status)
    this.#status = next
    for (const look of this.#looks) look()
    if (isNews) for (const listener of this.#listeners) listener(next)
  }
}

function statusOf(state: SaveState, pending: number): LiveTextStatus {
  switch (state.kind) {
    case 'opening':
      return { kind: 'connecting', pending }
    case 'saved':
      return { kind: 'saved' }
    case 'saving':
      return { kind: 'saving', pending }
    case 'readOnly':
      return { kind: 'read_only' }
    case 'reconnecting':
    case 'offline':
      return { kind: 'offline', pending }
    case 'refused':
      return { kind: 'refused', reason: state.reason, pending }
    case 'ended':
      return { kind: 'ended', reason: state.code, pending }
  }
}
