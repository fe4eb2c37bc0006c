import { readdir, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { ClusterSite } from './cluster-site.ts'
import { isPostmasterOf, stopPostmaster } from './postmaster.ts'
import { readPostmasterFile } from './postmaster-file.ts'

const SUFFIX = '.discarded-'

/**
 * Removes the data directory with the PostgreSQL that runs in it. The caller holds the members' lock.
 * Renamed first: whoever comes now finds nothing and makes a new one, undisturbed.
 */
export async function discardCluster(site: ClusterSite, pid: number): Promise<void> {
  const discarded = `${site.dataDir}${SUFFIX}${pid}`
  await rename(site.dataDir, discarded)
  await stopPostmaster(pid, join(discarded, 'postgres'), 'immediate')
  await rm(discarded, { recursive: true, force: true, maxRetries: 3 })
}

/** Finishes what a killed process had begun to discard. */
export async function removeDiscardedClusters(site: ClusterSite): Promise<void> {
  const parent = dirname(site.dataDir)
  for (const entry of await readdir(parent)) {
    if (!entry.startsWith(`${basename(site.dataDir)}${SUFFIX}`)) continue
    const discarded = join(parent, entry)
    const clusterDir = join(discarded, 'postgres')
    const file = await readPostmasterFile(clusterDir).catch(() => undefined)
    // It still carries the directory's former name, as the one that runs there now may.
    if (file !== undefined && (await isPostmasterOf(file.pid, site.clusterDir)))
      await stopPostmaster(file.pid, clusterDir, 'immediate').catch((error: unknown) =>
        site.log.debug({ err: error }, 'A discarded test database could not be stopped'),
      )
    await rm(discarded, { recursive: true, force: true }).catch((error: unknown) =>
      site.log.debug({ err: error }, 'A discarded test database could not be removed'),
    )
  }
}
