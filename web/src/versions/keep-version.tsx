import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { NodeId } from '@cloudsync/protocol'
import { Bookmark } from 'lucide-react'
import { useState, type FormEvent } from 'react'
import { errorLine } from '../api/describe-error.ts'
import { createVersion } from '../api/file-endpoints.ts'
import { useServices } from '../app/services.tsx'
import { Button } from '../ui/button.tsx'
import { Field } from '../ui/field.tsx'
import { versionsKey } from './versions-query.ts'
import styles from './versions-panel.module.css'

/** Keeps the text as it is now, under a name. */
export function KeepVersion({ nodeId }: { readonly nodeId: NodeId }) {
  const { api } = useServices()
  const queryClient = useQueryClient()
  const [isNaming, setIsNaming] = useState(false)
  const [name, setName] = useState('')
  const keeping = useMutation({
    mutationFn: () => createVersion(api, nodeId, name.trim()),
    onSuccess: async () => {
      setIsNaming(false)
      setName('')
      await queryClient.invalidateQueries({ queryKey: versionsKey(nodeId) })
    },
  })

  function submit(event: FormEvent) {
    event.preventDefault()
    if (name.trim() !== '') keeping.mutate()
  }

  if (!isNaming) {
    return (
      <div className={styles.keep}>
        <Button icon={<Bookmark size={16} aria-hidden />} onClick={() => setIsNaming(true)}>
          Keep this version
        </Button>
      </div>
    )
  }
  return (
    <form
      className={styles.keep}
      onSubmit={submit}
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return
        event.preventDefault()
        setIsNaming(false)
      }}
    >
      <Field
        label="Name of the version"
        value={name}
        onChange={(event) => setName(event.target.value)}
        maxLength={120}
        autoFocus
        autoComplete="off"
        error={keeping.isError ? errorLine(keeping.error) : undefined}
      />
      <div className={styles.choices}>
        <Button variant="quiet" onClick={() => setIsNaming(false)}>
          Cancel
        </Button>
        <Button type="submit" variant="primary" disabled={name.trim() === '' || keeping.isPending}>
          Keep
        </Button>
      </div>
    </form>
  )
}
