import { CircleAlert, CircleCheck, ChevronDown, ChevronUp, X } from 'lucide-react'
import { useState, useSyncExternalStore } from 'react'
import { Button, IconButton } from '../ui/button.tsx'
import { FileIcon } from '../files/file-icon.tsx'
import type { Upload, UploadQueue } from './upload-queue.ts'
import { summarizeUploads } from './upload-summary.ts'
import styles from './upload-panel.module.css'

export interface UploadPanelProps {
  readonly queue: UploadQueue
  readonly onKeepBoth: (upload: Upload) => void
  readonly onReplace: (upload: Upload) => void
}

/** What is being uploaded, at the foot of the page. Each file that did not get through is named. */
export function UploadPanel({ queue, onKeepBoth, onReplace }: UploadPanelProps) {
  const uploads = useSyncExternalStore(queue.subscribe, () => queue.uploads)
  const [isFolded, setIsFolded] = useState(false)
  const { title, progress, isBusy, needsAttention } = summarizeUploads(uploads)
  if (uploads.length === 0) return null
  return (
    <section className={styles.panel} aria-label="Uploads">
      <header className={styles.header}>
        <h2 className={styles.title}>
          <span role="status">{title}</span>
        </h2>
        <IconButton
          label={isFolded ? 'Show the files' : 'Fold'}
          aria-expanded={!isFolded}
          onClick={() => setIsFolded(!isFolded)}
        >
          {isFolded ? <ChevronUp size={16} aria-hidden /> : <ChevronDown size={16} aria-hidden />}
        </IconButton>
        <IconButton label={isBusy ? 'Cancel all uploads' : 'Close'} onClick={() => queue.clear()}>
          <X size={16} aria-hidden />
        </IconButton>
      </header>
      {isBusy && <Bar label="All uploads" value={progress} />}
      {!isFolded && (
        <ul className={styles.list} data-attention={needsAttention || undefined}>
          {uploads.map((upload) => (
            <UploadRow
              key={upload.key}
              upload={upload}
              queue={queue}
              onKeepBoth={onKeepBoth}
              onReplace={onReplace}
            />
          ))}
        </ul>
      )}
    </section>
  )
}

function UploadRow({
  upload,
  queue,
  onKeepBoth,
  onReplace,
}: UploadPanelProps & { readonly upload: Upload }) {
  const { state, name, file, key } = upload
  return (
    <li className={styles.row}>
      <FileIcon name={name} kind="text" />
      <div className={styles.body}>
        <span className={styles.name} dir="auto" title={name}>
          {name}
        </span>
        {state.kind === 'sending' && (
          <Bar label={name} value={file.size === 0 ? 0 : state.sentBytes / file.size} />
        )}
        {state.kind === 'failed' && <span className={styles.reason}>{state.reason}</span>}
        {state.kind === 'conflict' && (
          <>
            <span className={styles.note}>The folder has an entry of this name.</span>
            <span className={styles.choices}>
              <Button onClick={() => onKeepBoth(upload)}>Keep both</Button>
              <Button onClick={() => onReplace(upload)}>Replace</Button>
              <Button variant="quiet" onClick={() => queue.skip(key)}>
                Skip
              </Button>
            </span>
          </>
        )}
      </div>
      <UploadMark upload={upload} queue={queue} />
    </li>
  )
}

function UploadMark({ upload, queue }: { readonly upload: Upload; readonly queue: UploadQueue }) {
  const { state, key, name } = upload
  switch (state.kind) {
    case 'waiting':
    case 'sending':
      return (
        <IconButton label={`Cancel ${name}`} onClick={() => queue.skip(key)}>
          <X size={14} aria-hidden />
        </IconButton>
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

function Bar({ label, value }: { readonly label: string; readonly value: number }) {
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
