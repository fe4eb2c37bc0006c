import type { Logger } from 'pino'
import type { Notices } from '../db/notices.ts'
import { dataKeysChanged } from './data-key-table.ts'
import type { KeyRing } from './key-ring.ts'

const retryMs = 5_000

/** Takes new data keys when another process has made them, so that no server has to be started again. */
export function followRotations(
  keys: Pick<KeyRing, 'refresh'>,
  notices: Pick<Notices, 'on' | 'onMissed'>,
  log: Logger,
): Disposable {
  let isOver = false
  let retry: NodeJS.Timeout | undefined
  const refresh = () => {
    // What is known stays good meanwhile, but a rotation is there for what is written from now on.
    keys.refresh().catch((error: unknown) => {
      if (isOver) return
      log.warn({ err: error }, 'the data keys could not be read anew')
      retry = setTimeout(refresh, retryMs).unref()
    })
  }
  notices.on(dataKeysChanged, refresh)
  notices.onMissed(refresh)
  return {
    [Symbol.dispose]() {
      isOver = true
      clearTimeout(retry)
    },
  }
}
