import { useEffect } from 'react'
import { useMe, useServices } from '../app/services.tsx'
import { toasts } from '../ui/toast-list.ts'

/** After the page has come up: time enough for the file that is open to send its own. */
const delayMs = 5_000

/** Sends what an earlier page has left on this device, now and whenever the network is back. */
export function useKeptEdits(): void {
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
        const { countUnsentFiles } = await import('../live/kept-documents.ts')
        if ((await countUnsentFiles(me.id)) === 0) return
        const { sendKeptEdits } = await import('../live/send-kept-edits.ts')
        const count = await sendKeptEdits(me.id, session)
        if (count > 0) toasts.show(`Changes made offline to ${files(count)} are saved now`)
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
}

function files(count: number): string {
  return count === 1 ? 'a file' : `${count} files`
}
