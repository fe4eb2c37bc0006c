import { HocuspocusProvider } from '@hocuspocus/provider'
import type { Awareness } from 'y-protocols/awareness'
import type * as Y from 'yjs'
import { readClose, readDenial, type CloseMeaning } from './close-reason.ts'
import {
  updateLink,
  type FatalCloseCodeName,
  type LinkEvent,
  type LinkState,
} from './link-state.ts'
import type { LiveTimers } from './live-timers.ts'
import { LiveSocket } from './live-socket.ts'
import { reconnectDelayMs } from './reconnect-delay.ts'
import { readServerMessage } from './server-message.ts'

/** By what a live link says who it is. */
export interface LiveSign {
  /** Asked for at each attempt. One that rejects is tried again, unless the sign-in is over. */
  token(): string | Promise<string>
  /** Whether the sign-in is over, as far as that can be found out; never rejects. */
  isOver(): Promise<boolean>
}

export interface LiveConnectionOptions {
  readonly documentName: string
  readonly document: Y.Doc
  readonly url: string
  readonly sign: LiveSign
  readonly timers: LiveTimers
  /** In [0, 1). */
  readonly random: () => number
  readonly WebSocket: typeof WebSocket
  /** A socket has been opened: frames are counted anew. */
  readonly onSocketOpened?: () => void
  /** A frame that the server counts is about to leave. */
  readonly onStateFrame?: () => void
  /** The first `received` counted frames of this socket are durable. */
  readonly onSaved?: (received: number) => void
  /** The link, or what the server lets this person do, has changed. */
  readonly onChanged: () => void
}

/** After so many failed attempts the link counts as offline; before, as reconnecting. */
const patientAttempts = 2
const connectTimeoutMs = 20_000

/**
 * The link of one open document to the server: connects, authenticates, syncs, and comes back after a
 * cut with a growing delay, until a final close code or a refusal. One socket carries one document, so
 * that its close code is about this document.
 *
 * Whoever counts edits must listen to the document before this is made: the provider sends the frame of
 * an edit in its own listener.
 */
export class LiveConnection {
  readonly #options: LiveConnectionOptions
  readonly #socket: LiveSocket
  readonly #provider: HocuspocusProvider
  #link: LinkState = { kind: 'connecting' }
  #serverAllowsEdit = true
  #failedAttempts = 0
  /** Counts whatever makes an attempt that has begun pointless. */
  #attempts = 0
  #timer: unknown
  #isDestroyed = false
  #token = ''

  constructor(options: LiveConnectionOptions) {
    this.#options = options
    this.#socket = new LiveSocket(options.url, {
      WebSocket: options.WebSocket,
      onOpen: () => options.onSocketOpened?.(),
      onStateFrame: () => options.onStateFrame?.(),
      onClose: (code) => this.#onClose(readClose(code)),
    })
    this.#provider = this.#createProvider()
  }

  get link(): LinkState {
    return this.#link
  }

  get serverAllowsEdit(): boolean {
    return this.#serverAllowsEdit
  }

  get awareness(): Awareness {
    // Given by the provider unless it is told to have none.
    return this.#provider.awareness as Awareness
  }

  /** Nothing more will be tried. */
  get isOver(): boolean {
    return this.#isDestroyed || this.#link.kind === 'ended' || this.#link.kind === 'refused'
  }

  /** Whether an update of the document came from the server. */
  isRemote(origin: unknown): boolean {
    return origin === this.#provider
  }

  /** Connects for the first time. Call it once. */
  open(): void {
    this.#provider.attach()
    this.#connect()
  }

  /** Tries at once instead of after the delay. */
  retryNow(): void {
    if (this.isOver || this.#link.kind === 'online') return
    this.#failedAttempts = 0
    this.#connect()
  }

  /** The device says that it has no network. */
  networkLost(): void {
    if (this.isOver) return
    this.#cancelTimer()
    this.#socket.disconnect()
    this.#move({ type: 'waitedLong' })
  }

  /** Ends the socket, which no longer answers as it should; a new one follows. */
  hangUp(): void {
    this.#socket.hangUp()
  }

  destroy(): void {
    this.#isDestroyed = true
    this.#cancelTimer()
    this.#provider.destroy()
    this.#socket.destroy()
  }

  #createProvider(): HocuspocusProvider {
    const { documentName, document } = this.#options
    const provider = new HocuspocusProvider({
      name: documentName,
      document,
      websocketProvider: this.#socket,
      token: () => this.#token,
    })
    // The first state of anybody has the clock 0, which others take for nothing new before it is shown again.
    provider.awareness?.setLocalState({})
    provider.on('authenticated', ({ scope }: { scope: string }) => {
      this.#serverAllowsEdit = scope !== 'readonly'
      provider.sendStateless(JSON.stringify({ type: 'watch_saved' }))
      this.#options.onChanged()
    })
    provider.on('authenticationFailed', ({ reason }: { reason: string }) => {
      this.#onClose(readDenial(reason))
    })
    provider.on('synced', () => this.#onSynced())
    provider.on('stateless', ({ payload }: { payload: string }) => this.#onMessage(payload))
    return provider
  }

  #connect(): void {
    this.#cancelTimer()
    const token = this.#options.sign.token()
    if (typeof token === 'string') this.#connectBy(token)
    else void this.#connectOnce(token)
  }

  /** A token that comes late must not open a second socket. */
  async #connectOnce(coming: Promise<string>): Promise<void> {
    const attempt = ++this.#attempts
    const isCurrent = () => attempt === this.#attempts && !this.isOver
    try {
      const token = await coming
      if (isCurrent()) this.#connectBy(token)
    } catch {
      if (isCurrent()) this.#onClose(await this.#meaningOfNoToken())
    }
  }

  async #meaningOfNoToken(): Promise<CloseMeaning> {
    const isOver = await this.#options.sign.isOver()
    return isOver ? { kind: 'final', code: 'signedOut' } : { kind: 'retry', minimumDelayMs: 0 }
  }

  #connectBy(token: string): void {
    this.#token = token
    this.#timer = this.#options.timers.set(() => this.#socket.hangUp(), connectTimeoutMs)
    void this.#socket.connect()
  }

  #onSynced(): void {
    this.#cancelTimer()
    this.#failedAttempts = 0
    this.#move({ type: 'synced' })
  }

  #onClose(meaning: CloseMeaning): void {
    if (this.isOver) return
    this.#cancelTimer()
    // The stock provider would come back by itself, also from a final code, and in several loops.
    this.#socket.disconnect()
    if (meaning.kind === 'final') {
      void this.#onFinalClose(meaning.code)
      return
    }
    const attempt = this.#failedAttempts++
    this.#move(attempt < patientAttempts ? { type: 'lost' } : { type: 'waitedLong' })
    const delayMs = reconnectDelayMs(attempt, this.#options.random(), meaning.minimumDelayMs)
    this.#timer = this.#options.timers.set(() => this.#connect(), delayMs)
  }

  /** The socket may have been of an earlier session of this browser: whether the present one is over has to be asked. */
  async #onFinalClose(code: FatalCloseCodeName): Promise<void> {
    if (code !== 'signedOut' || this.#failedAttempts > 0) {
      this.#end(code)
      return
    }
    this.#failedAttempts++
    this.#move({ type: 'lost' })
    if (await this.#options.sign.isOver()) this.#end('signedOut')
    else if (!this.isOver) this.#connect()
  }

  #onMessage(payload: string): void {
    const message = readServerMessage(payload)
    switch (message?.type) {
      case 'saved':
        this.#options.onSaved?.(message.received)
        return
      case 'refused':
        if (!this.isOver) this.#stop({ type: 'refused', reason: message.reason })
        return
      case 'access':
        this.#serverAllowsEdit = message.canEdit
        this.#options.onChanged()
        return
      case 'changed':
      case undefined:
    }
  }

  #end(code: FatalCloseCodeName): void {
    if (!this.isOver) this.#stop({ type: 'ended', code })
  }

  #stop(event: LinkEvent): void {
    this.#cancelTimer()
    this.#move(event)
    this.#socket.disconnect()
  }

  #cancelTimer(): void {
    this.#attempts++
    this.#options.timers.clear(this.#timer)
    this.#timer = undefined
  }

  #move(event: LinkEvent): void {
    this.#link = updateLink(this.#link, event)
    this.#options.onChanged()
  }
}
