import type { Space } from '@cloudsync/protocol'
import { useRef, useState, type FormEvent } from 'react'
import {
  draftOf,
  findFault,
  readFault,
  readPatch,
  type SettingsDraft,
  type SettingsFault,
} from './settings-draft.ts'
import { useSaveSettings } from './use-save-settings.ts'

/** What stands in the form, what is wrong with it, and its way to the server. */
export function useSettingsForm(space: Space) {
  const [before, setBefore] = useState(() => draftOf(space))
  const [draft, setDraft] = useState(before)
  const [fault, setFault] = useState<SettingsFault>({})
  const form = useRef<HTMLFormElement>(null)
  const saving = useSaveSettings(space)
  const patch = readPatch(draft, before)
  const isChanged = Object.keys(patch).length > 0

  function change(part: Partial<SettingsDraft>) {
    setDraft((now) => ({ ...now, ...part }))
    setFault({})
  }

  /** Leads to the first field that is wrong. */
  function fail(found: SettingsFault) {
    setFault(found)
    if (found.form !== undefined) return
    const place = found.name === undefined ? 'trashDays' : 'name'
    form.current?.querySelector<HTMLElement>(`[name=${place}]`)?.focus()
  }

  function submit(event: FormEvent) {
    event.preventDefault()
    if (!isChanged || saving.isPending) return
    const found = findFault(draft)
    if (found) {
      fail(found)
      return
    }
    saving.mutate(patch, {
      onSuccess: (saved) => {
        setBefore(draftOf(saved))
        setDraft(draftOf(saved))
      },
      onError: (error) => fail(readFault(error)),
    })
  }

  return {
    form,
    draft,
    fault,
    isChanged,
    isSaving: saving.isPending,
    isTrashShorter: Number(draft.trashDays) < Number(before.trashDays),
    change,
    submit,
    discard: () => {
      change(before)
      // The button is gone with what was changed.
      form.current?.querySelector('input')?.focus()
    },
  }
}
