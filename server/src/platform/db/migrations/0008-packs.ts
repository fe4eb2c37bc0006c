import type { Migration } from '../migrate.ts'

/**
 * Contents are kept as chunks in packs. `refs` counts the places that name a chunk: entries of manifest pages,
 * and contents of one chunk. `live_bytes` are the sealed bytes of the chunks that the index places in a
 * pack.
 */
export const packs: Migration = {
  number: 8,
  name: 'packs',
  sql: `
CREATE TABLE packs (
  id uuid PRIMARY KEY,
  size_bytes bigint NOT NULL,
  live_bytes bigint NOT NULL,
  created_at timestamptz NOT NULL,
  unused_since timestamptz,
  scrubbed_at timestamptz
);
CREATE INDEX packs_unused ON packs (unused_since) WHERE unused_since IS NOT NULL;
CREATE INDEX packs_by_scrub ON packs (scrubbed_at NULLS FIRST);

CREATE TABLE chunks (
  hash bytea PRIMARY KEY,
  pack_id uuid NOT NULL REFERENCES packs (id),
  start integer NOT NULL,
  sealed_bytes integer NOT NULL,
  plain_bytes integer NOT NULL,
  codec smallint NOT NULL,
  key_id integer NOT NULL,
  refs bigint NOT NULL DEFAULT 0 CHECK (refs >= 0),
  leased_until timestamptz NOT NULL,
  damaged_at timestamptz
);
CREATE INDEX chunks_by_pack ON chunks (pack_id);
CREATE INDEX chunks_unnamed ON chunks (leased_until) WHERE refs = 0;
CREATE INDEX chunks_damaged ON chunks (damaged_at) WHERE damaged_at IS NOT NULL;

CREATE TABLE manifests (
  id uuid PRIMARY KEY,
  leased_until timestamptz NOT NULL
);
CREATE INDEX manifests_by_lease ON manifests (leased_until);

CREATE TABLE manifest_pages (
  manifest_id uuid NOT NULL REFERENCES manifests (id),
  page integer NOT NULL,
  start bigint NOT NULL,
  entries bytea STORAGE EXTERNAL NOT NULL,
  PRIMARY KEY (manifest_id, page)
);
CREATE UNIQUE INDEX manifest_pages_by_start ON manifest_pages (manifest_id, start);

CREATE TABLE content_drafts (
  id uuid PRIMARY KEY,
  size_bytes bigint NOT NULL,
  tail bytea NOT NULL,
  key_id integer NOT NULL,
  touched_at timestamptz NOT NULL
);

ALTER TABLE contents ADD COLUMN manifest_id uuid REFERENCES manifests (id);
CREATE UNIQUE INDEX contents_by_manifest ON contents (manifest_id) WHERE manifest_id IS NOT NULL;
`,
}
