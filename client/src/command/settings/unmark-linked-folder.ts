import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { findLinkId } from '../../sync/disk/link-mark.ts'
import type { Link } from './links.ts'

/** The folder is that of no link any more. What lies in its own trash stays there. */
export async function unmarkLinkedFolder({ path, id }: Link): Promise<void> {
  if ((await findLinkId(path)) === id)
    await rm(join(path, '.cloudsync', 'link.json'), { force: true })
}
