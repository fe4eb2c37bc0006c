import type { VersionDiff } from '@cloudsync/protocol'
import { Fragment } from 'react'
import styles from './diff-view.module.css'

export interface DiffViewProps {
  readonly diff: VersionDiff
  /** Said when nothing differs. */
  readonly sameText: string
}

type Line = VersionDiff['hunks'][number]['lines'][number]

const marks: Readonly<Record<Line['kind'], string>> = { same: ' ', added: '+', removed: '−' }
const kindNames: Readonly<Record<Line['kind'], string>> = {
  same: '',
  added: 'added: ',
  removed: 'removed: ',
}

/** Changes by line, with the words that changed within a line marked. */
export function DiffView({ diff, sameText }: DiffViewProps) {
  if (diff.hunks.length === 0) return <p className={styles.same}>{sameText}</p>
  return (
    <div className={styles.diff} tabIndex={0} role="group" aria-label="Changes">
      <p className={styles.summary}>
        <span data-kind="added">+{diff.added}</span>{' '}
        <span data-kind="removed">−{diff.removed}</span> lines
      </p>
      <div className={styles.lines}>
        {diff.hunks.map((hunk, index) => (
          <Fragment key={hunkKey(hunk.lines[0], index)}>
            {index > 0 && <div className={styles.gap} role="separator" />}
            {hunk.lines.map((line) => (
              <DiffLine key={`${line.oldLine}/${line.newLine}`} line={line} />
            ))}
          </Fragment>
        ))}
      </div>
    </div>
  )
}

function hunkKey(line: Line | undefined, index: number): string {
  return line ? `${line.oldLine}/${line.newLine}` : String(index)
}

function DiffLine({ line }: { readonly line: Line }) {
  return (
    <div className={styles.line} data-kind={line.kind}>
      <span className={styles.number} aria-hidden>
        {line.oldLine}
      </span>
      <span className={styles.number} aria-hidden>
        {line.newLine}
      </span>
      <span className={styles.mark} aria-hidden>
        {marks[line.kind]}
      </span>
      <span className={styles.text}>
        <span className="visually-hidden">{kindNames[line.kind]}</span>
        {line.spans.map((span, index) =>
          span.changed ? (
            <mark key={index} className={styles.changed}>
              {span.text}
            </mark>
          ) : (
            <span key={index}>{span.text}</span>
          ),
        )}
      </span>
    </div>
  )
}
