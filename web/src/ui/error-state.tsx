import { describeError } from '../api/describe-error.ts'
import { Button } from './button.tsx'
import styles from './page-state.module.css'
import { toasts } from './toast-list.ts'
import { writeClipboard } from './write-clipboard.ts'

export interface ErrorStateProps {
  readonly error: unknown
  readonly onRetry?: (() => void) | undefined
  readonly children?: React.ReactNode
  /** `h1` where it stands for a whole page. Default `h2`. */
  readonly heading?: 'h1' | 'h2'
}

/** Stands where content should: what happened, what is safe, what to do. */
export function ErrorState({ error, onRetry, children, heading: Heading = 'h2' }: ErrorStateProps) {
  const { title, hint, requestId, canRetry } = describeError(error)
  return (
    <div className={styles.state} role="alert">
      <Heading className={styles.title}>{title}</Heading>
      {hint !== undefined && <p className={styles.hint}>{hint}</p>}
      <div className={styles.actions}>
        {canRetry && onRetry && (
          <Button variant="primary" onClick={onRetry}>
            Try again
          </Button>
        )}
        {children}
      </div>
      {requestId !== undefined && (
        <button
          type="button"
          className={styles.request}
          onClick={() =>
            void writeClipboard(requestId).then(() => toasts.show('Request id copied'))
          }
        >
          Copy request id {requestId}
        </button>
      )}
    </div>
  )
}
