import type { NodeId, SpaceId } from '@cloudsync/protocol'
import type * as Y from 'yjs'
import type { LiveSign } from './live-connection.ts'
import { LiveText } from './live-text.ts'
import { systemTimers } from './live-timers.ts'
import { NudgeSocket } from './nudge-socket.ts'

export interface LiveApiOptions {
  /** Of the server. */
  readonly url: URL
  readonly sign: LiveSign
  /** In [0, 1). */
  readonly random: () => number
  readonly WebSocket: typeof WebSocket | undefined
}

export interface WatchSpaceOptions {
  /** It ended for good, by a close code of the protocol, such as `signedOut` or `forbidden`. */
  readonly onEnded?: (reason: string) => void
}

export interface SpaceWatch extends Disposable {
  /** May be called twice. */
  close(): void
}

/** What comes over the live socket. */
export class LiveApi {
  readonly #options: LiveApiOptions

  constructor(options: LiveApiOptions) {
    this.#options = options
  }

  openText(nodeId: NodeId, doc: Y.Doc | undefined): LiveText {
    return new LiveText({ nodeId, doc, timers: systemTimers, ...this.#shared() })
  }

  watchSpace(
    spaceId: SpaceId,
    onChange: (seq: number | undefined) => void,
    { onEnded }: WatchSpaceOptions,
  ): SpaceWatch {
    const socket = new NudgeSocket({
      ...this.#shared(),
      documentName: `space:${spaceId}`,
      timers: systemTimers,
      onReady: () => onChange(undefined),
      onNudge: onChange,
      ...(onEnded ? { onEnded } : {}),
    })
    socket.open()
    const close = () => socket.close()
    return { close, [Symbol.dispose]: close }
  }

  #shared() {
    const { url, sign, random } = this.#options
    const given = this.#options.WebSocket ?? globalThis.WebSocket
    if (given === undefined)
      throw new TypeError('There is no WebSocket here: pass one to createClient (package "ws")')
    return { url: liveUrl(url), sign, random, WebSocket: given }
  }
}

function liveUrl(server: URL): string {
  const url = new URL(server)
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:'
  url.pathname = `${url.pathname.replace(/\/$/, '')}/live`
  return url.href
}
