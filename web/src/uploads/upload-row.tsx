import { CircleAlert, CircleCheck, Pause, Play, X } from 'lucide-react'
import { Button, IconButton } from '../ui/button.tsx'
import { UploadFrame } from './upload-frame.tsx'
import type { Upload, UploadQueue } from './upload-queue.ts'
import { wayOf } from './upload-way.ts'
import type { ConflictChoice } from './uploads.ts'
import styles from './upload-panel.module.css'

export interface UploadRowProps {
  readonly upload: Upload
  readonly queue: UploadQueue
  readonly onChoose: (choice: ConflictChoice) => void
}

export function UploadRow({ upload, queue, onChoose }: UploadRowProps) {
  const { state, name, folder, file } = upload
  return (
    <UploadFrame folder={folder} name={name} actions={<UploadMark upload={upload} queue={queue} />}>
      {(state.kind === 'sending' || state.kind === 'paused') && (
        <UploadBar label={name} value={file.size === 0 ? 0 : state.sentBytes / file.size} />
      )}
      {state.kind === 'paused' && <span className={styles.note}>Paused</span>}
      {state.kind === 'sending' && state.isStalled && (
        <span className={styles.note}>Waiting for the server. It goes on by itself.</span>
      )}
      {state.kind === 'failed' && <span className={styles.reason}>{state.reason}</span>}
      {state.kind === 'conflict' && <Choices onChoose={onChoose} />}
    </UploadFrame>
  )
}

function Choices({ onChoose }: Pick<UploadRowProps, 'onChoose'>) {
  return (
    <>
      <span className={styles.note}>The folder has an entry of this name.</span>
      <span className={styles.choices}>
        <Button onClick={() => onChoose('keepBoth')}>Keep both</Button>
        <Button onClick={() => onChoose('replace')}>Replace</Button>
        <Button variant="quiet" onClick={() => onChoose('skip')}>
          Skip
        </Button>
      </span>
    </>
  )
}

function UploadMark({ upload, queue }: Pick<UploadRowProps, 'upload' | 'queue'>) {
  const { state, key, name } = upload
  switch (state.kind) {
    case 'waiting':
    case 'sending':
    case 'paused':
      return (
        <>
          <PauseButton upload={upload} queue={queue} />
          <IconButton label={`Cancel ${name}`} onClick={() => queue.skip(key)}>
            <X size={14} aria-hidden />
          </IconButton>
        </>
      )
    case 'done':
      return (
        <span className={styles.mark} data-tone="ok">
          <CircleCheck size={16} role="img" aria-label="Uploaded" />
        </span>
      )
    case 'failed':
      return state.canRetry ? (
        <Button variant="quiet" onClick={() => queue.retry(key)}>
          Retry
        </Button>
      ) : (
        <span className={styles.mark} data-tone="danger">
          <CircleAlert size={16} role="img" aria-label="Not uploaded" />
        </span>
      )
    case 'skipped':
      return <span className={styles.note}>Skipped</span>
    case 'conflict':
      return null
  }
}

/** Of what can go on where it was. */
function PauseButton({ upload, queue }: Pick<UploadRowProps, 'upload' | 'queue'>) {
  const { state, key, name } = upload
  if (wayOf(upload) !== 'resumable') return null
  return state.kind === 'paused' ? (
    <IconButton label={`Resume ${name}`} onClick={() => queue.retry(key)}>
      <Play size={14} aria-hidden />
    </IconButton>
  ) : (
    <IconButton label={`Pause ${name}`} onClick={() => queue.pause(key)}>
      <Pause size={14} aria-hidden />
    </IconButton>
  )
}

export function UploadBar({ label, value }: { readonly label: string; readonly value: number }) {
  const percent = Math.round(value * 100)
  return (
    <div
      className={styles.bar}
      role="progressbar"
      aria-label={label}
      aria-valuenow={percent}
      aria-valuemin={0}
      aria-valuemax={100}
    >
      <div style={{ scale: `${value} 1` }} />
    </div>
  )
}
