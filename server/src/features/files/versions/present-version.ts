import type { Version } from '@cloudsync/protocol'
import { presentPerson, type People } from '../people.ts'
import type { VersionRow } from './version-store.ts'

/** The JSON of versions, with the people in them looked up at once. */
export async function presentVersions(
  rows: readonly VersionRow[],
  people: People,
): Promise<Version[]> {
  const ids = new Set(rows.flatMap((row) => [row.author_id, ...row.contributor_ids]))
  const users = await people.findPeople([...ids].filter((id) => id !== null))
  return rows.map((row) => ({
    number: row.number,
    name: row.name,
    reason: row.reason,
    sizeBytes: row.size_bytes,
    sha256: row.sha256.toString('hex'),
    createdAt: row.created_at.toISOString(),
    author: presentPerson(users, row.author_id),
    contributors: row.contributor_ids
      .map((id) => presentPerson(users, id))
      .filter((person) => person !== null),
  }))
}

export async function presentVersion(row: VersionRow, people: People): Promise<Version> {
  const [version] = await presentVersions([row], people)
  return version as Version
}
