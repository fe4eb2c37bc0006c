import { renameSync } from 'node:fs'
import { readdir, rm } from 'node:fs/promises'
import type { DiskContext } from './disk-context.ts'
import { finishMove, moveSuffix } from './move-item.ts'
import { moveToTrash } from './trash.ts'
import { replacedSuffix } from './write-file.ts'

/** Clears away what a process left that died: ends moves, keeps replaced files in the trash, removes half-written ones. */
export function clearLeftovers(context: DiskContext): Promise<void> {
  return context.access.useOwn(['tmp'], async (own) => {
    for (const name of await readdir(own)) {
      const path = `${own}/${name}`
      if (name.endsWith(moveSuffix)) await finishMove(context, path)
      // Somebody may have written into it in its last moment, which nobody has looked at since.
      if (name.endsWith(replacedSuffix)) {
        await moveToTrash(context, [name], (target) => {
          renameSync(path, target)
          return true
        })
      } else await rm(path, { recursive: true, force: true })
    }
  })
}
