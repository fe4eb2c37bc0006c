import type { Space } from '@cloudsync/protocol'
import { ApiError } from '../api/api-error.ts'
import { errorLine } from '../api/describe-error.ts'

/** The settings of a space as they stand in the form. */
export interface SettingsDraft {
  readonly name: string
  readonly conflictPolicy: Space['conflictPolicy']
  /** As it was typed. */
  readonly trashDays: string
}

export type SpacePatch = Partial<Pick<Space, 'name' | 'conflictPolicy' | 'trashDays'>>

/** What is wrong with the form, by place. */
export interface SettingsFault {
  readonly name?: string | undefined
  readonly trashDays?: string | undefined
  readonly form?: string | undefined
}

export const maxNameLength = 80
export const maxTrashDays = 3650

export function draftOf({ name, conflictPolicy, trashDays }: Space): SettingsDraft {
  return { name, conflictPolicy, trashDays: String(trashDays) }
}

/** Only what the person has changed: somebody else may be changing the rest. */
export function readPatch(draft: SettingsDraft, before: SettingsDraft): SpacePatch {
  const { name, conflictPolicy, trashDays } = draft
  return {
    ...(name.trim() === before.name ? {} : { name: name.trim() }),
    ...(conflictPolicy === before.conflictPolicy ? {} : { conflictPolicy }),
    ...(trashDays.trim() === before.trashDays ? {} : { trashDays: Number(trashDays) }),
  }
}

/** What the server would refuse; `undefined` when all can be sent. */
export function findFault({ name, trashDays }: SettingsDraft): SettingsFault | undefined {
  const days = Number(trashDays)
  const fault: SettingsFault = {
    name: name.trim() === '' ? 'A space needs a name' : undefined,
    trashDays:
      /^\d+$/.test(trashDays.trim()) && days >= 1 && days <= maxTrashDays
        ? undefined
        : `Give a whole number of days, from 1 to ${maxTrashDays.toLocaleString()}`,
  }
  return fault.name === undefined && fault.trashDays === undefined ? undefined : fault
}

/** What the server has said, at the field that it is about. */
export function readFault(error: unknown): SettingsFault {
  if (!(error instanceof ApiError) || error.code !== 'bad_request') {
    return { form: `The settings were not saved. ${errorLine(error)}` }
  }
  const at = (field: string) =>
    error.errors.find(({ path }) => path.split('.').at(-1) === field)?.message
  const fault = { name: at('name'), trashDays: at('trashDays') }
  const isPlaced = fault.name !== undefined || fault.trashDays !== undefined
  return isPlaced ? fault : { form: `The settings were not saved. ${errorLine(error)}` }
}
