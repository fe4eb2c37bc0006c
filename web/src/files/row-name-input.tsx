import type { Node } from '@cloudsync/protocol'
import { useMemo, useState } from 'react'
import type { FileRowActions } from './file-row.tsx'
import { NameInput } from './name-input.tsx'
import { takenNames } from './taken-names.ts'

export interface RowNameInputProps {
  readonly node: Node
  readonly actions: FileRowActions
}

/** Renames a row in its place. */
export function RowNameInput({ node: now, actions }: RowNameInputProps) {
  // The field hides what the row is called by now: this is what the person has seen.
  const [node] = useState(now)
  const isTaken = useMemo(() => takenNames(actions.siblings(), node.id), [actions, node.id])
  return (
    <NameInput
      label={`New name of ${node.name}`}
      initial={node.name}
      isTaken={isTaken}
      onDone={(name) => {
        actions.endRename(node.id)
        if (name !== node.name) actions.rename(node, name)
      }}
      onCancel={() => actions.endRename(node.id)}
      onNext={() => actions.renameNext(node.id)}
    />
  )
}
