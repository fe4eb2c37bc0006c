import { useEffect, useId, useRef, useState, type KeyboardEvent } from 'react'
import { extensionStart } from './file-extension.ts'
import { describeNameFault } from './file-name.ts'
import styles from './name-input.module.css'

export interface NameInputProps {
  readonly label: string
  readonly initial: string
  readonly isTaken: (key: string) => boolean
  readonly onDone: (name: string) => void
  readonly onCancel: () => void
  /** Tab: the name is taken, and the next row's is wanted. */
  readonly onNext?: (() => void) | undefined
}

/** Names something in place; the part before the extension is selected. */
export function NameInput({ label, initial, isTaken, onDone, onCancel, onNext }: NameInputProps) {
  const input = useRef<HTMLInputElement>(null)
  const faultId = useId()
  const [name, setName] = useState(initial)
  const [showsFault, setShowsFault] = useState(false)
  const isOver = useRef(false)
  const fault = describeNameFault(name, isTaken)

  useEffect(() => {
    input.current?.focus()
    input.current?.setSelectionRange(0, extensionStart(initial))
  }, [initial])

  /** Gives the name on; `false` when it cannot be one. Runs once, though a blur follows. */
  function finish(): boolean {
    if (isOver.current) return true
    if (fault !== undefined) {
      setShowsFault(true)
      return false
    }
    isOver.current = true
    onDone(name)
    return true
  }

  function cancel() {
    if (isOver.current) return
    isOver.current = true
    onCancel()
  }

  function onKeyDown(event: KeyboardEvent) {
    event.stopPropagation()
    // An input method takes Enter and Escape for itself.
    if (event.nativeEvent.isComposing) return
    if (event.key === 'Enter') {
      event.preventDefault()
      finish()
    } else if (event.key === 'Escape') {
      cancel()
    } else if (event.key === 'Tab' && onNext && !event.shiftKey) {
      event.preventDefault()
      if (finish()) onNext()
    }
  }

  const isFaulty = showsFault && fault !== undefined
  return (
    <span className={styles.wrap}>
      <input
        ref={input}
        className={styles.input}
        aria-label={label}
        aria-invalid={isFaulty || undefined}
        aria-describedby={isFaulty ? faultId : undefined}
        dir="auto"
        value={name}
        spellCheck={false}
        autoComplete="off"
        onChange={(event) => {
          setName(event.target.value)
          setShowsFault(true)
        }}
        onKeyDown={onKeyDown}
        onClick={(event) => event.stopPropagation()}
        onBlur={() => (fault === undefined ? finish() : cancel())}
      />
      {isFaulty && (
        <span id={faultId} className={styles.fault} role="alert">
          {fault}
        </span>
      )}
    </span>
  )
}
