import type { Space } from '@cloudsync/protocol'
import { Button } from '../ui/button.tsx'
import { Field, FormError } from '../ui/field.tsx'
import { PolicyChoice } from './policy-choice.tsx'
import { maxNameLength, maxTrashDays } from './settings-draft.ts'
import { useSettingsForm } from './use-settings-form.ts'
import styles from './settings-form.module.css'

/** Changes what holds in a space. */
export function SettingsForm({ space }: { readonly space: Space }) {
  const settings = useSettingsForm(space)
  const { draft, fault, isChanged, isSaving, change } = settings
  return (
    <form
      ref={settings.form}
      className={styles.form}
      onSubmit={settings.submit}
      noValidate
      aria-busy={isSaving}
    >
      <Field
        label="Name"
        name="name"
        maxLength={maxNameLength}
        autoComplete="off"
        dir="auto"
        value={draft.name}
        onChange={({ target }) => change({ name: target.value })}
        error={fault.name}
      />
      <PolicyChoice
        value={draft.conflictPolicy}
        onChange={(conflictPolicy) => change({ conflictPolicy })}
      />
      <div className={styles.days}>
        <Field
          label="Days in the trash"
          name="trashDays"
          type="number"
          inputMode="numeric"
          min={1}
          max={maxTrashDays}
          value={draft.trashDays}
          onChange={({ target }) => change({ trashDays: target.value })}
          hint={
            settings.isTrashShorter
              ? 'What has been in the trash for longer will be deleted for good.'
              : 'After that it is deleted for good.'
          }
          error={fault.trashDays}
        />
      </div>
      {fault.form !== undefined && <FormError>{fault.form}</FormError>}
      <div className={styles.actions}>
        <Button type="submit" variant="primary" disabled={!isChanged || isSaving}>
          {isSaving ? 'Saving…' : 'Save'}
        </Button>
        {isChanged && (
          <Button variant="quiet" disabled={isSaving} onClick={settings.discard}>
            Discard changes
          </Button>
        )}
      </div>
    </form>
  )
}
