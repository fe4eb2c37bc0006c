import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import type { Space } from '@cloudsync/protocol'
import { useState, type FormEvent } from 'react'
import { errorLine } from '../api/describe-error.ts'
import { createSpace } from '../api/endpoints.ts'
import { useServices } from '../app/services.tsx'
import { Button } from '../ui/button.tsx'
import { Dialog, DialogActions } from '../ui/dialog.tsx'
import { Field } from '../ui/field.tsx'
import { compareSpaces, spacesKey } from './use-spaces.ts'
import styles from './dialogs.module.css'

export function CreateSpaceDialog({ onClose }: { readonly onClose: () => void }) {
  const { api } = useServices()
  const queryClient = useQueryClient()
  const navigate = useNavigate()
  const [name, setName] = useState('')
  const creation = useMutation({
    mutationFn: () => createSpace(api, name.trim()),
    onSuccess: async (space) => {
      queryClient.setQueryData<readonly Space[]>(spacesKey, (spaces) =>
        [...(spaces ?? []), space].toSorted(compareSpaces),
      )
      onClose()
      await navigate({ to: '/spaces/$spaceId', params: { spaceId: space.id } })
    },
  })

  function submit(event: FormEvent) {
    event.preventDefault()
    if (name.trim() !== '') creation.mutate()
  }

  return (
    <Dialog
      title="New team space"
      description="A place for files that several people share. You choose who is in it."
      onClose={onClose}
    >
      <form onSubmit={submit} className={styles.form}>
        <Field
          label="Name"
          value={name}
          onChange={(event) => setName(event.target.value)}
          maxLength={80}
          placeholder="Marketing"
          autoComplete="off"
          autoFocus
          error={creation.isError ? errorLine(creation.error) : undefined}
        />
        <DialogActions>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            type="submit"
            variant="primary"
            disabled={name.trim() === '' || creation.isPending}
          >
            Create space
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  )
}
