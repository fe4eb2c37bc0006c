import type { HocuspocusProvider, HocuspocusProviderWebsocket } from '@hocuspocus/provider'
import type { WebSocket } from 'ws'

/** One absence of a client, in milliseconds. */
export interface Reconnect {
  /** From the close of the old socket until everything is in sync again. */
  readonly totalMs: number
  /** Of that: until the client tries again. It is the client's own choice. */
  readonly delayMs: number
  /** From the first try until a socket is open. */
  readonly openMs: number
  /** From the open socket until it is in sync: authentication, load, both states. */
  readonly syncMs: number
  readonly tries: number
}

type SocketClass = new (url: string | URL, protocols?: string | string[]) => WebSocket

interface Absence {
  readonly closedAtMs: number
  triedAtMs: number | undefined
  openedAtMs: number | undefined
  tries: number
}

/** Takes the times of a stock client's absences. */
export class ReconnectWatch {
  readonly reconnects: Reconnect[] = []
  #absence: Absence | undefined

  /** The same class, with each try noted. */
  wrap(socketClass: SocketClass): SocketClass {
    const tried = () => this.#tried()
    return class extends socketClass {
      constructor(url: string | URL, protocols?: string | string[]) {
        super(url, protocols)
        tried()
      }
    }
  }

  follow(socket: HocuspocusProviderWebsocket, provider: HocuspocusProvider): void {
    socket.on('disconnect', () => {
      this.#absence ??= {
        closedAtMs: performance.now(),
        triedAtMs: undefined,
        openedAtMs: undefined,
        tries: 0,
      }
    })
    socket.on('open', () => {
      if (this.#absence) this.#absence.openedAtMs = performance.now()
    })
    provider.on('synced', ({ state }: { state: boolean }) => {
      if (state) this.#isBack()
    })
  }

  get isAway(): boolean {
    return this.#absence !== undefined
  }

  #tried(): void {
    if (!this.#absence) return
    this.#absence.triedAtMs ??= performance.now()
    this.#absence.tries += 1
  }

  #isBack(): void {
    const absence = this.#absence
    if (absence?.triedAtMs === undefined || absence.openedAtMs === undefined) return
    this.#absence = undefined
    const { closedAtMs, triedAtMs, openedAtMs, tries } = absence
    const nowMs = performance.now()
    this.reconnects.push({
      totalMs: nowMs - closedAtMs,
      delayMs: triedAtMs - closedAtMs,
      openMs: openedAtMs - triedAtMs,
      syncMs: nowMs - openedAtMs,
      tries,
    })
  }
}
