import type { Migration } from '../migrate.ts'

/**
 * What each space holds, and at most may hold. `used_bytes` is changed in the transaction of each change: the
 * sizes of current texts, of versions, and of history segments of what is no folder.
 */
export const quotas: Migration = {
  number: 11,
  name: 'quotas',
  sql: `
ALTER TABLE spaces
  ADD COLUMN used_bytes bigint NOT NULL DEFAULT 0,
  ADD COLUMN quota_bytes bigint CHECK (quota_bytes >= 0),
  ADD COLUMN usage_counted_at timestamptz NOT NULL DEFAULT now();

UPDATE spaces SET used_bytes = (
  SELECT coalesce(sum(size_bytes) FILTER (WHERE kind = 'text'), 0)
  FROM nodes WHERE nodes.space_id = spaces.id
) + (
  SELECT coalesce(sum(versions.size_bytes), 0)
  FROM versions JOIN nodes ON nodes.id = versions.node_id WHERE nodes.space_id = spaces.id
) + (
  SELECT coalesce(sum(octet_length(segments.rows) + coalesce(octet_length(segments.base), 0)), 0)
  FROM history_segments segments JOIN nodes ON nodes.id = segments.document_id
  WHERE nodes.space_id = spaces.id AND nodes.kind <> 'folder'
);

-- The space that an upload is for; of a partial one, which is told only later, none.
ALTER TABLE upload_sessions ADD COLUMN space_id uuid;
`,
}
