import { useEffect } from 'react'
import { useMe, useServices } from '../app/services.tsx'

/** After the page has come up: time enough for the file that is open to send its own. */
const delayMs = 5_000

/** Sends what an earlier page has left on this device, now and whenever the network is back. */
export function KeptEdits() {
  const me = useMe()
  const { session } = useServices()
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout>
    let isBusy = false
    const schedule = () => {
      clearTimeout(timer)
      timer = setTimeout(() => void send(), delayMs)
    }
    const send = async () => {
      if (isBusy) return
      isBusy = true
      try {
        const { sendLeftEdits } = await import('../live/send-left-edits.ts')
        await sendLeftEdits(me.id, session)
      } catch {
        // Out of reach, or the code could not be fetched: the next time will do.
      } finally {
        isBusy = false
      }
    }
    schedule()
    addEventListener('online', schedule)
    return () => {
      clearTimeout(timer)
      removeEventListener('online', schedule)
    }
  }, [me.id, session])
  return null
}
