import {
  deriveSaveState,
  emptyLedger,
  LiveConnection,
  pendingEdits,
  pendingOwnEdits,
  textDocument,
  textRoot,
  updateLedger,
  type EditLedgerEvent,
  type FatalCloseCodeName,
  type LiveTimers,
  type SaveState,
} from '@cloudsync/client/live'
import type { Awareness } from 'y-protocols/awareness'
import * as Y from 'yjs'
import type { SessionCheck } from '../api/api-client.ts'
import { DocumentJournal } from './document-journal.ts'
import type { DocumentKey, DocumentStore, Draft } from './document-store.ts'
import { browserSign } from './browser-live.ts'

export interface LiveTextOptions {
  readonly key: DocumentKey
  /** What the file is called now; a draft is named by it. */
  readonly fileName: () => string
  readonly url: string
  readonly session: SessionCheck
  readonly store: DocumentStore | undefined
  readonly canEdit: boolean
  readonly timers: LiveTimers
  /** In [0, 1). */
  readonly random: () => number
  readonly WebSocket?: typeof WebSocket
}

export interface LiveTextSnapshot {
  /** There is a text to show: from this device, or from the server. */
  readonly isReady: boolean
  readonly canEdit: boolean
  /** The last that the server has said of it. */
  readonly serverAllowsEdit: boolean
  readonly save: SaveState
  /** Whether what is pending would outlive this page. */
  readonly isPersistent: boolean
}

/** Marks what was read from this device, so that it is neither counted nor written again. */
const storeOrigin = Symbol('device')

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
 * One text document, open: its Yjs document, the link to the server, the copy on this device, and an
 * honest account of what is saved (`EditLedger`).
 */
export class LiveText {
  readonly doc = new Y.Doc()
  readonly text: Y.Text = this.doc.getText(textRoot)
  readonly undoManager: Y.UndoManager
  readonly #options: LiveTextOptions
  readonly #journal: DocumentJournal
  readonly #connection: LiveConnection
  readonly #listeners = new Set<() => void>()
  readonly #revealListeners = new Set<(index: number) => void>()
  #ledger = emptyLedger
  #snapshot: LiveTextSnapshot
  #isReady = false
  #canEdit: boolean
  #isOver = false
  #isClosed = false
  #acknowledgeTimer: unknown

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
    // Before the connection is made: an edit is counted before its frame is sent.
    this.doc.on('update', this.#onUpdate)
    this.#connection = new LiveConnection({
      documentName: textDocument(options.key.nodeId),
      document: this.doc,
      url: options.url,
      sign: browserSign(options.session),
      timers: options.timers,
      random: options.random,
      WebSocket: options.WebSocket ?? WebSocket,
      onSocketOpened: () => this.#record({ type: 'socketOpened' }),
      onStateFrame: () => this.#record({ type: 'frameSent' }),
      onSaved: (received) => this.#onSaved(received),
      onChanged: () => this.#onLinkChanged(),
    })
    this.#snapshot = this.#takeSnapshot()
  }

  get awareness(): Awareness {
    return this.#connection.awareness
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
    this.#connection.open()
  }

  /** Changes what the person may do; the server decides in any case. */
  setCanEdit(canEdit: boolean): void {
    this.#canEdit = canEdit
    this.#publish()
  }

  /** Tries to connect at once instead of after the delay. */
  retryNow(): void {
    this.#connection.retryNow()
  }

  /** The device says that it has no network. */
  networkLost(): void {
    this.#connection.networkLost()
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

  /** Resolves when nothing is pending, or nothing more can be done about it, or time is up. */
  async settled(timeoutMs: number): Promise<void> {
    const isSettled = () => this.#connection.isOver || pendingEdits(this.#ledger) === 0
    if (isSettled()) return
    await new Promise<void>((resolve) => {
      const end = () => {
        this.#options.timers.clear(timer)
        stop()
        resolve()
      }
      const timer = this.#options.timers.set(end, timeoutMs)
      const stop = this.subscribe(() => isSettled() && end())
    })
  }

  /** Ends it; edits that are under way get a moment to be acknowledged. May be called twice. */
  async close(): Promise<void> {
    if (this.#isClosed) return
    this.awareness.setLocalState(null)
    if (this.#connection.link.kind === 'online') await this.settled(lingerMs)
    this.#isClosed = true
    this.#options.timers.clear(this.#acknowledgeTimer)
    this.#listeners.clear()
    this.undoManager.destroy()
    this.#connection.destroy()
    this.doc.off('update', this.#onUpdate)
    await this.#journal.close()
    this.doc.destroy()
  }

  #onUpdate = (update: Uint8Array, origin: unknown): void => {
    if (origin === storeOrigin) return
    const isRemote = this.#connection.isRemote(origin)
    if (!isRemote) this.#record({ type: 'edited' })
    this.#journal.append(update, isRemote ? 'remote' : 'local', pendingOwnEdits(this.#ledger))
  }

  #onSaved(received: number): void {
    this.#record({ type: 'saved', received })
    this.#journal.acknowledge(pendingOwnEdits(this.#ledger))
    if (this.#ledger.acknowledged >= this.#ledger.restored) void this.#journal.settleRestored()
    this.#watchAcknowledgement()
  }

  #onLinkChanged(): void {
    const { link } = this.#connection
    if (link.kind === 'online') this.#isReady = true
    const isEnding = this.#connection.isOver && !this.#isOver
    this.#isOver = this.#connection.isOver
    this.#watchAcknowledgement()
    this.#publish()
    if (!isEnding) return
    if (link.kind === 'refused') void this.#keepDraft(link.reason)
    if (link.kind === 'ended' && unmergeable.has(link.code)) {
      if (pendingEdits(this.#ledger) > 0) void this.#keepDraft(link.code)
      else void this.#journal.drop()
    }
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

  /** An acknowledgement that never comes must not read "Saving…" for ever. */
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

  #takeSnapshot(): LiveTextSnapshot {
    const { link, serverAllowsEdit } = this.#connection
    const mayEdit = this.#canEdit && serverAllowsEdit
    return {
      isReady: this.#isReady,
      canEdit: mayEdit && !this.#connection.isOver,
      serverAllowsEdit,
      save: deriveSaveState(link, pendingEdits(this.#ledger), mayEdit),
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
