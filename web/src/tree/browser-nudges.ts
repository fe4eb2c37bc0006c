import { systemTimers, type LiveSign } from '@cloudsync/client/live'
import { keptAsCookie } from '@cloudsync/protocol'
import { liveUrl } from '../live/browser-live.ts'
import type { Nudges } from './space-tree.ts'

/** A page says by its cookie who it is; when that is over, what the page asks for next says so. */
const nudgeSign: LiveSign = { token: () => keptAsCookie, isOver: () => Promise.resolve(true) }

/** For changes of which no nudge came. */
const pollMs = 30_000
/** The channel of a space is for its members: others ask more often. */
const guestPollMs = 5_000

/**
 * Nudges of a space as a browser gets them: from the live socket, and, because correctness must not
 * depend on it, when the page comes to the front, when the network is back, and now and then.
 */
export function browserNudges(): Nudges {
  return ({ id, isMember }, nudge) => {
    const refresh = () => {
      if (document.visibilityState === 'visible') nudge(undefined)
    }
    refresh()
    const timer = setInterval(refresh, isMember ? pollMs : guestPollMs)
    addEventListener('focus', refresh)
    addEventListener('online', refresh)
    document.addEventListener('visibilitychange', refresh)
    let isOver = false
    let close: (() => void) | undefined
    const listen = async () => {
      const { NudgeSocket } = await import('@cloudsync/client/live/nudges')
      if (isOver) return
      const socket = new NudgeSocket({
        url: liveUrl(),
        documentName: `space:${id}`,
        sign: nudgeSign,
        timers: systemTimers,
        random: Math.random,
        WebSocket,
        onReady: () => nudge(undefined),
        onNudge: nudge,
      })
      close = () => socket.close()
      socket.open()
    }
    // When the code cannot be fetched, asking now and then has to do.
    if (isMember) listen().catch(() => undefined)
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
