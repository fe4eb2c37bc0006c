import { Session, type SessionMarker } from './session.ts'

const markerKey = 'cloudsync.signed-in'

/** The session of this browser: one for all its tabs. */
export function createBrowserSession(): Session {
  return new Session({ fetch: (url, init) => fetch(url, init), marker: createMarker() })
}

function createMarker(): SessionMarker {
  return {
    read: () => localStorage.getItem(markerKey),
    write: (userId) => {
      if (userId === null) localStorage.removeItem(markerKey)
      else localStorage.setItem(markerKey, userId)
    },
    onChanged: (listener) => {
      addEventListener('storage', (event) => {
        // `key` is null when the whole storage was cleared.
        if (event.key === markerKey || event.key === null) listener(localStorage.getItem(markerKey))
      })
    },
  }
}
