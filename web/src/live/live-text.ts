import { HocuspocusProvider } from '@hocuspocus/provider'
import type { Awareness } from 'y-protocols/awareness'
import * as Y from 'yjs'
import { ApiError } from '../api/api-error.ts'
import type { TokenSource } from '../api/api-client.ts'
import { readClose, readDenial, type CloseMeaning } from './close-reason.ts'
import { DocumentJournal } from './document-journal.ts'
import type { DocumentKey, DocumentStore, Draft } from './document-store.ts'
import { emptyLedger, pendingEdits, pendingOwnEdits, updateLedger } from './edit-ledger.ts'
import type { EditLedgerEvent } from './edit-ledger.ts'
import {
  updateLink,
  type FatalCloseCodeName,
  type LinkEvent,
  type LinkState,
} from './link-state.ts'
import { LiveSocket } from './live-socket.ts'
import { reconnectDelayMs } from './reconnect-delay.ts'
import { deriveSaveState, type SaveState } from './save-state.ts'
import { readServerMessage } from './server-message.ts'
import { textDocument, textRoot } from './text-document.ts'

export interface LiveTextOptions {
  readonly key: DocumentKey
  /** What the file is called now; a draft is named by it. */
  readonly fileName: () => string
  readonly url: string
  readonly tokens: TokenSource
  readonly store: DocumentStore | undefined
  readonly canEdit: boolean
  readonly timers: LiveTimers
  /** In [0, 1). */
  readonly random: () => number
  readonly WebSocket?: typeof WebSocket
}

export interface LiveTimers {
  set(callback: () => void, ms: number): unknown
  clear(timer: unknown): void
}

export interface LiveTextSnapshot {
  /** There is a text to show: from this device, or from the server. */
  readonly isReady: boolean
  readonly canEdit: boolean
  readonly save: SaveState
  /** Whether what is pending would outlive this page. */
  readonly isPersistent: boolean
}

/** Marks what was read from this device, so that it is neither sent nor written again. */
const storeOrigin = Symbol('device')

/** After so many failed attempts the link counts as offline; before, as reconnecting. */
const patientAttempts = 2
const connectTimeoutMs = 20_000
/** An edit that waits longer than this on an open socket has been lost on the way: start over. */
const acknowledgeTimeoutMs = 20_000
const lingerMs = 5_000

/** What a device holds of such a document can never be merged: it is kept as a draft, and let go. */
const unmergeable: ReadonlySet<FatalCloseCodeName> = new Set([
  'updateRefused',
  'forbidden',
  'notFound',
  'sealed',
])

/**
 * One text document, open: its Yjs document, the socket to the server, the copy on this device, and
 * an honest account of what is saved (`EditLedger`). One socket carries one document, so that its
 * close code is about this document.
 *
 * The order of listeners matters: an edit is counted before the provider sends its frame.
 */
export class LiveText {
  readonly doc = new Y.Doc()
  readonly text: Y.Text = this.doc.getText(textRoot)
  readonly undoManager: Y.UndoManager
  readonly #options: LiveTextOptions
  readonly #journal: DocumentJournal
  readonly #socket: LiveSocket
  readonly #provider: HocuspocusProvider
  readonly #listeners = new Set<() => void>()
  readonly #revealListeners = new Set<(index: number) => void>()
  #ledger = emptyLedger
  #link: LinkState = { kind: 'connecting' }
  #snapshot: LiveTextSnapshot
  #isReady = false
  #canEdit: boolean
  #serverAllowsEdit = true
  #failedAttempts = 0
  #connectTimer: unknown
  #acknowledgeTimer: unknown
  #isClosed = false

  constructor(options: LiveTextOptions) {
    this.#options = options
    this.#canEdit = options.canEdit
    this.undoManager = new Y.UndoManager(this.text, {
      // The editor's binding adds itself; nothing else is this person's edit.
      trackedOrigins: new Set(),
      captureTimeout: 400,
    })
    this.#journal = new DocumentJournal({
      store: options.store,
      key: options.key,
      writer: String(options.random()),
      timers: options.timers,
      onFailed: () => this.#publish(),
    })
    this.doc.on('update', this.#onUpdate)
    this.#socket = new LiveSocket(options.url, {
      WebSocket: options.WebSocket ?? WebSocket,
      onOpen: () => this.#record({ type: 'socketOpened' }),
      onStateFrame: () => this.#record({ type: 'frameSent' }),
      onClose: (code) => this.#onClose(readClose(code)),
    })
    this.#provider = this.#createProvider()
    this.#snapshot = this.#takeSnapshot()
  }

  get awareness(): Awareness {
    // Given by the provider unless it is told to have none.
    return this.#provider.awareness as Awareness
  }

  get snapshot(): LiveTextSnapshot {
    return this.#snapshot
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Loads what this device keeps and connects. Call it once. */
  async open(): Promise<void> {
    const stored = await this.#journal.load()
    if (this.#isClosed) return
    if (stored.updates.length > 0) {
      this.doc.transact(() => {
        for (const update of stored.updates) Y.applyUpdate(this.doc, update, storeOrigin)
      }, storeOrigin)
      this.#isReady = true
    }
    const restored = stored.pending.reduce((sum, entry) => sum + entry.edits, 0)
    this.#record({ type: 'restored', edits: restored })
    this.#provider.attach()
    void this.#connect()
  }

  /** Changes what the person may do; the server decides in any case. */
  setCanEdit(canEdit: boolean): void {
    this.#canEdit = canEdit
    this.#publish()
  }

  /** Tries at once instead of after the delay. */
  retryNow(): void {
    if (this.#isOver() || this.#link.kind === 'online') return
    this.#failedAttempts = 0
    void this.#connect()
  }

  /** The device says that it has no network. */
  networkLost(): void {
    if (this.#isOver()) return
    this.#cancelTimers()
    this.#socket.disconnect()
    this.#move({ type: 'waitedLong' })
  }

  /** Asks whatever shows the text to lead the person to a place in it. */
  reveal(index: number): void {
    for (const listener of this.#revealListeners) listener(index)
  }

  onReveal(listener: (index: number) => void): () => void {
    this.#revealListeners.add(listener)
    return () => this.#revealListeners.delete(listener)
  }

  /** Everything as it is now, for a person to copy. */
  textNow(): string {
    return this.text.toJSON()
  }

  /** Resolves when nothing is pending, or nothing more can be done about it. */
  async settled(timeoutMs: number): Promise<void> {
    if (this.#isOver() || pendingEdits(this.#ledger) === 0) return
    await new Promise<void>((resolve) => {
      const timer = this.#options.timers.set(resolve, timeoutMs)
      const stop = this.subscribe(() => {
        if (!this.#isOver() && pendingEdits(this.#ledger) > 0) return
        this.#options.timers.clear(timer)
        stop()
        resolve()
      })
    })
  }

  /** Ends it; edits that are under way get a moment to be acknowledged. May be called twice. */
  async close(): Promise<void> {
    if (this.#isClosed) return
    this.awareness.setLocalState(null)
    if (this.#link.kind === 'online') await this.settled(lingerMs)
    this.#isClosed = true
    this.#cancelTimers()
    this.#listeners.clear()
    this.undoManager.destroy()
    this.#provider.destroy()
    this.#socket.destroy()
    this.doc.off('update', this.#onUpdate)
    await this.#journal.close()
    this.doc.destroy()
  }

  #createProvider(): HocuspocusProvider {
    const provider = new HocuspocusProvider({
      name: textDocument(this.#options.key.nodeId),
      document: this.doc,
      websocketProvider: this.#socket,
      token: () => this.#options.tokens.getAccessToken(),
    })
    provider.on('authenticated', ({ scope }: { scope: string }) => {
      this.#serverAllowsEdit = scope !== 'readonly'
      provider.sendStateless(JSON.stringify({ type: 'watch_saved' }))
      this.#publish()
    })
    provider.on('authenticationFailed', ({ reason }: { reason: string }) => {
      this.#onClose(readDenial(reason))
    })
    provider.on('synced', () => this.#onSynced())
    provider.on('stateless', ({ payload }: { payload: string }) => this.#onMessage(payload))
    return provider
  }

  #onUpdate = (update: Uint8Array, origin: unknown): void => {
    if (origin === storeOrigin) return
    if (origin === this.#provider) {
      this.#journal.append(update, 'remote', pendingOwnEdits(this.#ledger))
      return
    }
    this.#record({ type: 'edited' })
    this.#journal.append(update, 'local', pendingOwnEdits(this.#ledger))
  }

  async #connect(): Promise<void> {
    this.#cancelTimers()
    try {
      // Before the socket is opened: the server gives it only seconds to authenticate.
      await this.#options.tokens.getAccessToken()
    } catch (error) {
      if (this.#isOver()) return
      if (error instanceof ApiError && error.status === 401) this.#end('signedOut')
      else this.#onClose({ kind: 'retry', minimumDelayMs: 0 })
      return
    }
    if (this.#isOver()) return
    this.#connectTimer = this.#options.timers.set(() => this.#socket.hangUp(), connectTimeoutMs)
    void this.#socket.connect()
  }

  #onSynced(): void {
    this.#options.timers.clear(this.#connectTimer)
    this.#failedAttempts = 0
    this.#isReady = true
    this.#move({ type: 'synced' })
    this.#watchAcknowledgement()
  }

  #onClose(meaning: CloseMeaning): void {
    if (this.#isOver()) return
    this.#cancelTimers()
    // The stock provider would come back by itself, also from a final code, and in several loops.
    this.#socket.disconnect()
    if (meaning.kind === 'final') {
      void this.#onFinalClose(meaning.code)
      return
    }
    const attempt = this.#failedAttempts++
    this.#move(attempt < patientAttempts ? { type: 'lost' } : { type: 'waitedLong' })
    const delayMs = reconnectDelayMs(attempt, this.#options.random(), meaning.minimumDelayMs)
    this.#connectTimer = this.#options.timers.set(() => void this.#connect(), delayMs)
  }

  /** An access token may have run out under the socket: only the session knows whether it is over. */
  async #onFinalClose(code: FatalCloseCodeName): Promise<void> {
    if (code !== 'signedOut' || this.#failedAttempts > 0) {
      this.#end(code)
      return
    }
    this.#failedAttempts++
    this.#move({ type: 'lost' })
    const { tokens } = this.#options
    try {
      await tokens.renewAccessToken(await tokens.getAccessToken())
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) {
        this.#end('signedOut')
        return
      }
    }
    if (!this.#isOver()) void this.#connect()
  }

  #onMessage(payload: string): void {
    const message = readServerMessage(payload)
    switch (message?.type) {
      case 'saved':
        this.#record({ type: 'saved', received: message.received })
        this.#journal.acknowledge(pendingOwnEdits(this.#ledger))
        if (this.#ledger.acknowledged >= this.#ledger.restored) void this.#journal.settleRestored()
        this.#watchAcknowledgement()
        return
      case 'refused':
        if (this.#isOver()) return
        this.#move({ type: 'refused', reason: message.reason })
        void this.#keepDraft(message.reason)
        this.#stop()
        return
      case undefined:
    }
  }

  #end(code: FatalCloseCodeName): void {
    if (this.#isOver()) return
    this.#move({ type: 'ended', code })
    if (unmergeable.has(code)) {
      if (pendingEdits(this.#ledger) > 0) void this.#keepDraft(code)
      else void this.#journal.drop()
    }
    this.#stop()
  }

  /** Keeps the text aside and forgets the document, which would be refused again. */
  async #keepDraft(reason: string): Promise<void> {
    const { store, key, fileName, random } = this.#options
    const draft: Draft = {
      id: `${key.nodeId}/${random()}`,
      ...key,
      fileName: fileName(),
      text: this.textNow(),
      reason,
      createdAt: Date.now(),
    }
    await this.#journal.flushed()
    try {
      await store?.saveDraft(draft)
      await this.#journal.drop()
    } catch {
      // Not kept: then the copy of the document must stay.
      this.#publish()
    }
  }

  #stop(): void {
    this.#cancelTimers()
    this.#socket.disconnect()
  }

  #isOver(): boolean {
    return this.#isClosed || this.#link.kind === 'ended' || this.#link.kind === 'refused'
  }

  /** An acknowledgement that never comes must not read "Saving…" for ever. */
  #watchAcknowledgement(): void {
    const { timers } = this.#options
    timers.clear(this.#acknowledgeTimer)
    this.#acknowledgeTimer = undefined
    if (this.#link.kind !== 'online' || pendingEdits(this.#ledger) === 0) return
    this.#acknowledgeTimer = timers.set(() => this.#socket.hangUp(), acknowledgeTimeoutMs)
  }

  #cancelTimers(): void {
    this.#options.timers.clear(this.#connectTimer)
    this.#options.timers.clear(this.#acknowledgeTimer)
    this.#connectTimer = undefined
    this.#acknowledgeTimer = undefined
  }

  #record(event: EditLedgerEvent): void {
    this.#ledger = updateLedger(this.#ledger, event)
    if (event.type === 'edited' && this.#acknowledgeTimer === undefined)
      this.#watchAcknowledgement()
    this.#publish()
  }

  #move(event: LinkEvent): void {
    this.#link = updateLink(this.#link, event)
    this.#publish()
  }

  #takeSnapshot(): LiveTextSnapshot {
    const mayEdit = this.#canEdit && this.#serverAllowsEdit
    return {
      isReady: this.#isReady,
      canEdit: mayEdit && this.#link.kind !== 'refused' && this.#link.kind !== 'ended',
      save: deriveSaveState(this.#link, pendingEdits(this.#ledger), mayEdit),
      isPersistent: this.#journal.isPersistent,
    }
  }

  /** A keystroke while "Saving…" stands changes nothing that is shown. */
  #publish(): void {
    const next = this.#takeSnapshot()
    if (JSON.stringify(next) === JSON.stringify(this.#snapshot)) return
    this.#snapshot = next
    for (const listener of this.#listeners) listener()
  }
}
