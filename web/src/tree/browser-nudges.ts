import { browserTimers, liveUrl } from '../live/browser-live.ts'
import type { Nudges } from './space-tree.ts'

/** For changes of which no nudge came. */
const pollMs = 30_000

/**
 * Nudges of a space as a browser gets them: from the live socket, and, because correctness must not
 * depend on it, when the page comes to the front, when the network is back, and now and then.
 */
export function browserNudges(): Nudges {
  return (spaceId, nudge) => {
    const refresh = () => {
      if (document.visibilityState === 'visible') nudge(undefined)
    }
    refresh()
    const timer = setInterval(refresh, pollMs)
    addEventListener('focus', refresh)
    addEventListener('online', refresh)
    document.addEventListener('visibilitychange', refresh)
    let isOver = false
    let close: (() => void) | undefined
    void import('../live/nudge-socket.ts').then(
      ({ NudgeSocket }) => {
        if (isOver) return
        const socket = new NudgeSocket({
          url: liveUrl(),
          documentName: `space:${spaceId}`,
          timers: browserTimers,
          random: Math.random,
          WebSocket,
          onReady: () => nudge(undefined),
          onNudge: nudge,
        })
        close = () => socket.close()
        socket.open()
      },
      // The code could not be fetched: asking now and then has to do.
      () => undefined,
    )
    return () => {
      isOver = true
      close?.()
      clearInterval(timer)
      removeEventListener('focus', refresh)
      removeEventListener('online', refresh)
      document.removeEventListener('visibilitychange', refresh)
    }
  }
}
