import { createBrowserLock } from './exclusive-lock.ts'
import { Session, type AccessToken, type RefreshTokenStore, type TokenChannel } from './session.ts'

const refreshTokenKey = 'cloudsync.refresh-token'

/** The session of this browser: one for all its tabs. */
export function createBrowserSession(): Session {
  return new Session({
    fetch: (url, init) => fetch(url, init),
    refreshToken: createRefreshTokenStore(),
    channel: createTokenChannel(),
    lock: createBrowserLock(),
    now: () => Date.now(),
  })
}

function createRefreshTokenStore(): RefreshTokenStore {
  return {
    read: () => localStorage.getItem(refreshTokenKey),
    write: (token) => {
      if (token === null) localStorage.removeItem(refreshTokenKey)
      else localStorage.setItem(refreshTokenKey, token)
    },
    onChanged: (listener) => {
      addEventListener('storage', (event) => {
        // `key` is null when the whole storage was cleared.
        if (event.key === refreshTokenKey || event.key === null) {
          listener(localStorage.getItem(refreshTokenKey))
        }
      })
    },
  }
}

function createTokenChannel(): TokenChannel {
  const channel = new BroadcastChannel('cloudsync.access-token')
  return {
    post: (message) => channel.postMessage(message),
    onMessage: (listener) => {
      channel.addEventListener('message', (event: MessageEvent<AccessToken>) => {
        listener(event.data)
      })
    },
  }
}
