import { useEffect, useRef, useState } from 'react'
import type { LiveText } from '../live/live-text.ts'
import { Button } from '../ui/button.tsx'
import { useDelayed } from '../ui/use-delayed.ts'
import { useLatest } from '../ui/use-latest.ts'
import { Banner } from '../ui/banner.tsx'
import { createEditor, revealPosition, type Editor } from './create-editor.ts'
import { textKindOf } from './file-language.ts'
import { useOpenFile } from './file-context.ts'
import { decidePolicy, type EditorPolicy } from './size-policy.ts'
import styles from './text-view.module.css'

/** The text of the file in its editor. */
export function TextView() {
  const { node, live, snapshot } = useOpenFile()
  const showsSkeleton = useDelayed(!snapshot.isReady, 200)
  if (live && snapshot.isReady) {
    return <TextEditor live={live} fileName={node.name} canEdit={snapshot.canEdit} />
  }
  const isOver = snapshot.save.kind === 'ended' || snapshot.save.kind === 'refused'
  if (isOver) return null
  return (
    <div className={styles.skeleton} aria-busy="true">
      <span className="visually-hidden">Opening the file</span>
      {showsSkeleton &&
        [88, 72, 94, 60, 81, 40].map((width) => <div key={width} style={{ width: `${width}%` }} />)}
    </div>
  )
}

interface TextEditorProps {
  readonly live: LiveText
  readonly fileName: string
  readonly canEdit: boolean
}

function TextEditor({ live, fileName, canEdit }: TextEditorProps) {
  const parent = useRef<HTMLDivElement>(null)
  const [editor, setEditor] = useState<Editor>()
  const [policy] = useState<EditorPolicy>(() => decidePolicy(live.textNow()))
  const [wantsColours, setWantsColours] = useState(false)
  const latest = useLatest({ fileName, canEdit })

  useEffect(() => {
    if (!parent.current) return undefined
    const created = createEditor({ parent: parent.current, live, policy, ...latest.current })
    const stop = live.onReveal((index) => revealPosition(created.view, index))
    setEditor(created)
    // A person who opens a file wants to type; on a phone the keyboard would cover it.
    if (matchMedia('(pointer: fine)').matches) created.view.focus()
    return () => {
      stop()
      created.destroy()
    }
  }, [live, policy, latest])
  useEffect(() => editor?.setCanEdit(canEdit), [editor, canEdit])
  useEffect(
    () => editor?.setLanguage(fileName, policy.highlight || wantsColours),
    [editor, fileName, policy, wantsColours],
  )

  return (
    <>
      {policy.notice !== 'none' && !wantsColours && (
        <Banner tone="neutral">
          {policy.notice === 'large'
            ? 'Large file: colours are off.'
            : 'Very long lines: colours and wrapping are off.'}
          {textKindOf(fileName) !== 'prose' && (
            <Button variant="quiet" onClick={() => setWantsColours(true)}>
              Turn colours on
            </Button>
          )}
        </Banner>
      )}
      <p id="editor-hint" className="visually-hidden">
        Tab indents. Press Escape, then Tab, to leave the editor.
      </p>
      <div ref={parent} className={styles.editor} />
    </>
  )
}
