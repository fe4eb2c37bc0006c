import { useVirtualizer } from '@tanstack/react-virtual'
import { useMemo, useRef } from 'react'
import styles from './plain-text.module.css'

export interface PlainTextProps {
  readonly text: string
  readonly label: string
}

/** A text to read. Only the lines in sight are in the page. */
export function PlainText({ text, label }: PlainTextProps) {
  const scroller = useRef<HTMLDivElement>(null)
  const lines = useMemo(() => text.split('\n'), [text])
  const virtualizer = useVirtualizer({
    count: lines.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => 24,
    overscan: 30,
  })
  return (
    <div ref={scroller} className={styles.scroller} tabIndex={0} role="group" aria-label={label}>
      <div className={styles.lines} style={{ height: virtualizer.getTotalSize() }}>
        {virtualizer.getVirtualItems().map(({ index, start }) => (
          <div
            key={index}
            ref={virtualizer.measureElement}
            data-index={index}
            className={styles.line}
            style={{ transform: `translateY(${start}px)` }}
          >
            {lines[index] === '' ? '\u200b' : lines[index]}
          </div>
        ))}
      </div>
    </div>
  )
}
