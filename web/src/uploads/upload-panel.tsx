import { ChevronDown, ChevronUp, X } from 'lucide-react'
import { useEffect, useState, useSyncExternalStore } from 'react'
import { formatSize } from '../files/format.ts'
import { Button, IconButton } from '../ui/button.tsx'
import { InterruptedRow } from './interrupted-row.tsx'
import type { Upload } from './upload-queue.ts'
import { UploadBar, UploadRow } from './upload-row.tsx'
import { addSample, describeTimeLeft, rateOf, type RateSample } from './upload-rate.ts'
import { summarizeUploads, type UploadSummary } from './upload-summary.ts'
import type { Uploads } from './uploads.ts'
import styles from './upload-panel.module.css'

/** Thousands of rows would only be in the way; what needs somebody always comes first. */
const maxRows = 200

/** What is being uploaded, at the foot of the page. Each file that did not get through is named. */
export function UploadPanel({ uploads }: { readonly uploads: Uploads }) {
  const { queue, interrupted } = uploads
  const all = useSyncExternalStore(queue.subscribe, () => queue.uploads)
  const broken = useSyncExternalStore(interrupted.subscribe, () => interrupted.list)
  const [isFolded, setIsFolded] = useState(false)
  const [isForAll, setIsForAll] = useState(false)
  const summary = summarizeUploads(all)
  const { progress, isBusy, conflicts, retryable } = summary
  const isQuiet = !isBusy && !summary.needsAttention
  const title = isQuiet && broken.length > 0 ? interruptedTitle(broken.length) : summary.title
  const rate = useRate(summary)
  const shown = byUrgency(all)
  return (
    <section className={styles.panel} aria-label="Uploads">
      <header className={styles.header}>
        <h2 className={styles.title}>
          {title}
          <Announcement summary={{ ...summary, title }} />
        </h2>
        <IconButton
          label={isFolded ? 'Show the files' : 'Fold'}
          aria-expanded={!isFolded}
          onClick={() => setIsFolded(!isFolded)}
        >
          {isFolded ? <ChevronUp size={16} aria-hidden /> : <ChevronDown size={16} aria-hidden />}
        </IconButton>
        <IconButton label={isBusy ? 'Cancel all uploads' : 'Close'} onClick={() => uploads.close()}>
          <X size={16} aria-hidden />
        </IconButton>
      </header>
      {isBusy && <UploadBar label="All uploads" value={progress} />}
      {isBusy && <p className={styles.rate}>{describeRate(summary, rate)}</p>}
      {!isFolded && (
        <>
          {(conflicts > 1 || retryable > 1) && (
            <div className={styles.together}>
              {conflicts > 1 && (
                <label className={styles.forAll}>
                  <input
                    type="checkbox"
                    checked={isForAll}
                    onChange={(event) => setIsForAll(event.target.checked)}
                  />
                  The same for all {conflicts} taken names
                </label>
              )}
              {retryable > 1 && (
                <Button variant="quiet" onClick={() => queue.retryFailed()}>
                  Retry {retryable} files
                </Button>
              )}
            </div>
          )}
          <ul className={styles.list}>
            {shown.map((upload) => (
              <UploadRow
                key={upload.key}
                upload={upload}
                queue={queue}
                onChoose={(choice) => uploads.resolve(upload, choice, isForAll && conflicts > 1)}
              />
            ))}
            {all.length > shown.length && (
              <li className={styles.rest}>and {all.length - shown.length} more</li>
            )}
            {broken.map((upload) => (
              <InterruptedRow
                key={upload.target.id}
                upload={upload}
                onChoose={(file) => interrupted.choose(upload, file)}
                onDiscard={() => void interrupted.discard(upload)}
              />
            ))}
          </ul>
        </>
      )}
    </section>
  )
}

function interruptedTitle(count: number): string {
  return count === 1 ? '1 upload was interrupted' : `${count} uploads were interrupted`
}

const urgency: Readonly<Record<Upload['state']['kind'], number>> = {
  conflict: 0,
  failed: 1,
  sending: 2,
  paused: 3,
  waiting: 4,
  done: 5,
  skipped: 6,
}

function byUrgency(uploads: readonly Upload[]): readonly Upload[] {
  if (uploads.length <= maxRows) return uploads
  return uploads.toSorted((a, b) => urgency[a.state.kind] - urgency[b.state.kind]).slice(0, maxRows)
}

/** Bytes per second, measured while something is under way. */
function useRate({ sentBytes, isBusy }: UploadSummary): number | undefined {
  const [samples, setSamples] = useState<readonly RateSample[]>([])
  useEffect(() => {
    if (!isBusy) return undefined
    const sample = () =>
      setSamples((before) => addSample(before, { atMs: performance.now(), bytes: sentBytes }))
    sample()
    const timer = setInterval(sample, 500)
    return () => clearInterval(timer)
  }, [isBusy, sentBytes])
  return isBusy ? rateOf(samples) : undefined
}

function describeRate(summary: UploadSummary, rate: number | undefined): string {
  const { sentBytes, totalBytes } = summary
  const timeLeft = describeTimeLeft(totalBytes - sentBytes, rate)
  return [
    `${formatSize(sentBytes)} of ${formatSize(totalBytes)}`,
    ...(rate === undefined || rate === 0 ? [] : [`${formatSize(rate)}/s`]),
    ...(timeLeft === undefined ? [] : [timeLeft]),
  ].join(' · ')
}

/** For the ear: the beginning, the middle and the end, not every file. */
function Announcement({ summary }: { readonly summary: UploadSummary }) {
  const { isBusy, progress, title } = summary
  const text = isBusy ? (progress < 0.5 ? 'Uploading' : 'Half is uploaded') : title
  return (
    <span role="status" className="visually-hidden">
      {text}
    </span>
  )
}
