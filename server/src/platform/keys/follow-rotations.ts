import type { Logger } from 'pino'
import type { Notices } from '../db/notices.ts'
import { dataKeysChanged } from './data-key-table.ts'
import type { KeyRing } from './key-ring.ts'

/** Takes new data keys when another process has made them, so that no server has to be started again. */
export function followRotations(
  keys: KeyRing,
  notices: Pick<Notices, 'on' | 'onMissed'>,
  log: Logger,
): void {
  const refresh = () => {
    // What is known stays good; what is not is asked for again when it is needed.
    keys.refresh().catch((error: unknown) => {
      log.warn({ err: error }, 'the data keys could not be read anew')
    })
  }
  notices.on(dataKeysChanged, refresh)
  notices.onMissed(refresh)
}
