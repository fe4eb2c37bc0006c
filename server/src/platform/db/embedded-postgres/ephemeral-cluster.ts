import { readdir, rename, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { ClusterSite } from './cluster-site.ts'
import { isPostmasterOf, stopPostmaster } from './postmaster.ts'
import { readPostmasterFile } from './postmaster-file.ts'

/**
 * Removes the cluster with the PostgreSQL that runs in it. The caller holds the members' lock.
 * Renamed first: whoever comes now finds none and makes a new one.
 */
export async function discardCluster(site: ClusterSite, pid: number): Promise<void> {
  const discarded = `${site.clusterDir}.discarded-${pid}`
  await rename(site.clusterDir, discarded)
  await stopPostmaster(pid, discarded, 'immediate')
  await rm(discarded, { recursive: true, force: true })
}

/**
 * Finishes what others have begun to discard, or were killed at. Before a new PostgreSQL may start:
 * the old one takes the socket of this name away when it ends.
 */
export async function removeDiscardedClusters(site: ClusterSite): Promise<void> {
  for (const entry of await readdir(site.dataDir)) {
    if (!entry.startsWith(`${basename(site.clusterDir)}.discarded-`)) continue
    const discarded = join(site.dataDir, entry)
    const file = await readPostmasterFile(discarded)
    // Its command line still has the former name of its directory.
    if (file !== undefined && (await isPostmasterOf(file.pid, site.clusterDir)))
      await stopPostmaster(file.pid, discarded, 'immediate')
    await rm(discarded, { recursive: true, force: true })
  }
}
