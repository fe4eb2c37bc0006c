import type { SaveState } from '@cloudsync/client/live'
import { CircleAlert, CloudCheck, CloudOff, Eye, LoaderCircle } from 'lucide-react'
import { presentSaveState } from '../live/present-save-state.ts'
import styles from './save-indicator.module.css'

export interface SaveIndicatorProps {
  readonly save: SaveState
  readonly isPersistent: boolean
}

/** One honest line on where the edits are. */
export function SaveIndicator({ save, isPersistent }: SaveIndicatorProps) {
  const text = presentSaveState(save, isPersistent)
  return (
    <span className={styles.indicator} data-kind={save.kind} title={hintOf(save)}>
      <Mark kind={save.kind} />
      <span className={styles.text}>{text}</span>
      {/* Read out when something is not as usual; not at every word that is saved. */}
      <span className="visually-hidden" role="status">
        {routine.has(save.kind) ? '' : text}
      </span>
    </span>
  )
}

const routine: ReadonlySet<SaveState['kind']> = new Set(['opening', 'saving', 'saved', 'readOnly'])

function Mark({ kind }: { readonly kind: SaveState['kind'] }) {
  switch (kind) {
    case 'saved':
      return <CloudCheck size={14} aria-hidden />
    case 'opening':
    case 'saving':
    case 'reconnecting':
      return <LoaderCircle size={14} aria-hidden className={styles.turning} />
    case 'offline':
      return <CloudOff size={14} aria-hidden />
    case 'readOnly':
      return <Eye size={14} aria-hidden />
    case 'refused':
    case 'ended':
      return <CircleAlert size={14} aria-hidden />
  }
}

function hintOf(save: SaveState): string {
  switch (save.kind) {
    case 'saved':
      return 'Every edit is on disk on the server'
    case 'offline':
    case 'reconnecting':
      return 'You can go on; edits are sent when the server answers again'
    case 'readOnly':
      return 'Your role lets you read this file'
    case 'opening':
    case 'saving':
    case 'refused':
    case 'ended':
      return ''
  }
}
