import type { Migration } from '../migrate.ts'

/**
 * Trees of folders, files of any kind, trash, conflicts, and what makes a repeated request one.
 *
 * Locks are taken in one order: `documents` of folders by id, `nodes` by id, `contents` by hash, and
 * `spaces` by id last.
 */
export const trees: Migration = {
  number: 2,
  name: 'trees',
  sql: `
ALTER TABLE spaces
  ADD COLUMN conflict_policy text NOT NULL DEFAULT 'last_write_wins'
    CHECK (conflict_policy IN ('last_write_wins', 'ask')),
  ADD COLUMN trash_days integer NOT NULL DEFAULT 30 CHECK (trash_days > 0);

ALTER TABLE nodes
  -- Of a blob: its content now.
  ADD COLUMN sha256 bytea,
  -- What was trashed by one request.
  ADD COLUMN trash_batch_id uuid,
  -- Of a text in the trash: where its log stood. An edit after that brings it back.
  ADD COLUMN trashed_seq bigint,
  -- Of a folder: what holds in it and below. NULL: what the folder above has, at last the space.
  ADD COLUMN conflict_policy text CHECK (conflict_policy IN ('last_write_wins', 'ask')),
  -- Conflicts that wait for a person: rows of \`conflicts\` without a resolution.
  ADD COLUMN open_conflicts integer NOT NULL DEFAULT 0,
  ADD CONSTRAINT nodes_blob_content CHECK ((kind = 'blob') = (sha256 IS NOT NULL));
UPDATE nodes SET trash_batch_id = gen_random_uuid() WHERE trashed_at IS NOT NULL;
UPDATE nodes SET trashed_seq = documents.seq FROM documents
  WHERE documents.id = nodes.id AND nodes.trashed_at IS NOT NULL;
ALTER TABLE nodes ADD CONSTRAINT nodes_trash_batch
  CHECK ((trashed_at IS NULL) = (trash_batch_id IS NULL));
CREATE INDEX nodes_trashed ON nodes (space_id, trashed_at DESC, id DESC) WHERE trashed_at IS NOT NULL;
CREATE INDEX nodes_trashed_by_parent ON nodes (parent_id) WHERE trashed_at IS NOT NULL;
CREATE INDEX nodes_by_trash_batch ON nodes (trash_batch_id) WHERE trash_batch_id IS NOT NULL;

-- Ids that were purged, and are never given again.
CREATE TABLE tombstones (
  id uuid PRIMARY KEY,
  purged_at timestamptz NOT NULL DEFAULT now()
);

-- Nodes that have left a space, for its change feed.
CREATE TABLE departures (
  space_id uuid NOT NULL REFERENCES spaces ON DELETE CASCADE,
  node_id uuid NOT NULL,
  rev bigint NOT NULL,
  PRIMARY KEY (space_id, node_id)
);
CREATE UNIQUE INDEX departures_rev ON departures (space_id, rev);

-- What the content store holds. A content is collected when no version has it and no lease holds it.
CREATE TABLE contents (
  sha256 bytea PRIMARY KEY,
  size_bytes bigint NOT NULL,
  leased_until timestamptz NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);
INSERT INTO contents (sha256, size_bytes, leased_until)
  SELECT sha256, max(size_bytes), now() FROM versions GROUP BY sha256;
CREATE INDEX contents_by_lease ON contents (leased_until);
CREATE INDEX versions_by_content ON versions (sha256);
ALTER TABLE versions
  ADD CONSTRAINT versions_content FOREIGN KEY (sha256) REFERENCES contents,
  DROP CONSTRAINT versions_reason_check,
  ADD CONSTRAINT versions_reason_check CHECK (reason IN
    ('edit', 'named', 'before_restore', 'before_import', 'import', 'upload', 'conflict'));

-- Two people changed one thing. \`mine\` is the later writer's side, \`theirs\` what was there.
CREATE TABLE conflicts (
  id uuid PRIMARY KEY,
  space_id uuid NOT NULL REFERENCES spaces ON DELETE CASCADE,
  node_id uuid NOT NULL REFERENCES nodes ON DELETE CASCADE,
  kind text NOT NULL CHECK (kind IN ('content', 'move')),
  mine jsonb NOT NULL,
  theirs jsonb NOT NULL,
  resolution text CHECK (resolution IN ('mine', 'theirs', 'both')),
  created_at timestamptz NOT NULL DEFAULT now(),
  resolved_at timestamptz,
  resolved_by uuid REFERENCES users ON DELETE SET NULL
);
CREATE INDEX conflicts_by_node ON conflicts (node_id);
CREATE INDEX conflicts_open ON conflicts (space_id, created_at DESC, id DESC)
  WHERE resolution IS NULL;

-- What requests with an idempotency key have done, written in the transaction that did it.
CREATE TABLE idempotency_keys (
  user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
  key text COLLATE "C" NOT NULL,
  fingerprint bytea NOT NULL,
  outcome jsonb NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (user_id, key)
);
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);
`,
}
