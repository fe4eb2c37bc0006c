import { useState } from 'react'
import { errorLine } from '../api/describe-error.ts'
import { toasts } from '../ui/toast-list.ts'
import { NotProvenError } from './use-proven.tsx'

/** Runs one thing at a time, and says in a toast what went wrong; gives whether it went well. */
export function useAction(): {
  readonly isBusy: boolean
  readonly run: (work: () => Promise<unknown>) => Promise<boolean>
} {
  const [isBusy, setIsBusy] = useState(false)

  async function run(work: () => Promise<unknown>): Promise<boolean> {
    setIsBusy(true)
    try {
      await work()
      return true
    } catch (error) {
      if (!(error instanceof NotProvenError)) toasts.show(errorLine(error), { tone: 'error' })
      return false
    } finally {
      setIsBusy(false)
    }
  }

  return { isBusy, run }
}
