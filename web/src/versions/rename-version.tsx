import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { NodeId, Version } from '@cloudsync/protocol'
import { useState, type FormEvent } from 'react'
import { errorLine } from '../api/describe-error.ts'
import { renameVersion } from '../api/file-endpoints.ts'
import { useServices } from '../app/services.tsx'
import { Button } from '../ui/button.tsx'
import { Field } from '../ui/field.tsx'
import { versionsKey } from './versions-query.ts'
import styles from './versions-panel.module.css'

export interface RenameVersionProps {
  readonly nodeId: NodeId
  readonly version: Version
  readonly onDone: () => void
}

/** Gives a version a name; an empty one takes it away. */
export function RenameVersion({ nodeId, version, onDone }: RenameVersionProps) {
  const { api } = useServices()
  const queryClient = useQueryClient()
  const [name, setName] = useState(version.name ?? '')
  const renaming = useMutation({
    mutationFn: () => renameVersion(api, nodeId, version.number, name.trim() || null),
    onSuccess: async () => {
      await queryClient.invalidateQueries({ queryKey: versionsKey(nodeId) })
      onDone()
    },
  })

  function submit(event: FormEvent) {
    event.preventDefault()
    renaming.mutate()
  }

  return (
    <form
      className={styles.form}
      onSubmit={submit}
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return
        event.preventDefault()
        onDone()
      }}
    >
      <Field
        label={`Name of version ${version.number}`}
        value={name}
        onChange={(event) => setName(event.target.value)}
        maxLength={120}
        autoFocus
        autoComplete="off"
        error={renaming.isError ? errorLine(renaming.error) : undefined}
      />
      <div className={styles.choices}>
        <Button variant="quiet" onClick={onDone}>
          Cancel
        </Button>
        <Button type="submit" variant="primary" disabled={renaming.isPending}>
          Save
        </Button>
      </div>
    </form>
  )
}
