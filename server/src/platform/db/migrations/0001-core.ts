import type { Migration } from '../migrate.ts'

/**
 * Accounts, spaces, nodes, live documents and their log.
 *
 * Keys that are compared as bytes are COLLATE "C". Times are timestamptz. A document is named by the
 * id of its node: a folder node has a folder document, a text node a text document.
 */
export const core: Migration = {
  number: 1,
  name: 'core',
  sql: `
CREATE TABLE users (
  id uuid PRIMARY KEY,
  email text COLLATE "C" NOT NULL UNIQUE,
  name text NOT NULL,
  color text NOT NULL,
  password_hash text,
  is_admin boolean NOT NULL DEFAULT false,
  -- Sessions and tokens from before this moment are void.
  tokens_valid_after timestamptz NOT NULL DEFAULT '-infinity',
  created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE setup_links (
  token_hash bytea PRIMARY KEY,
  created_at timestamptz NOT NULL DEFAULT now(),
  used_at timestamptz
);

CREATE TABLE signing_keys (
  kid text COLLATE "C" PRIMARY KEY,
  algorithm text NOT NULL,
  private_jwk jsonb NOT NULL,
  public_jwk jsonb NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE sessions (
  id uuid PRIMARY KEY,
  user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL,
  revoked_at timestamptz,
  last_used_at timestamptz NOT NULL DEFAULT now(),
  user_agent text NOT NULL DEFAULT ''
);
CREATE INDEX sessions_by_user ON sessions (user_id);

-- One family per session. A token is consumed by the update that makes its successor.
CREATE TABLE refresh_tokens (
  token_hash bytea PRIMARY KEY,
  session_id uuid NOT NULL REFERENCES sessions ON DELETE CASCADE,
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL,
  consumed_at timestamptz,
  successor_hash bytea
);
CREATE INDEX refresh_tokens_by_session ON refresh_tokens (session_id);

CREATE TABLE spaces (
  id uuid PRIMARY KEY,
  name text NOT NULL,
  kind text NOT NULL CHECK (kind IN ('personal', 'team')),
  root_id uuid NOT NULL,
  -- The last sequence number given to a change of a node in this space.
  seq bigint NOT NULL DEFAULT 0,
  created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE space_members (
  space_id uuid NOT NULL REFERENCES spaces ON DELETE CASCADE,
  user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
  role text NOT NULL CHECK (role IN ('viewer', 'commenter', 'editor', 'manager', 'owner')),
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (space_id, user_id)
);
CREATE INDEX space_members_by_user ON space_members (user_id);

CREATE TABLE nodes (
  id uuid PRIMARY KEY,
  space_id uuid NOT NULL REFERENCES spaces,
  parent_id uuid REFERENCES nodes,
  name text COLLATE "C" NOT NULL,
  -- casefold(NFC(name)): what must be unique among the live children of a folder.
  name_key text COLLATE "C" NOT NULL,
  kind text NOT NULL CHECK (kind IN ('folder', 'text', 'blob')),
  -- How a text's bytes differ from its document: byte order mark, and the ending of every line.
  bom boolean NOT NULL DEFAULT false,
  line_ending text NOT NULL DEFAULT 'verbatim' CHECK (line_ending IN ('verbatim', 'crlf')),
  size_bytes bigint,
  media_type text,
  -- The space's sequence number of the last change of this node.
  rev bigint NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  created_by uuid REFERENCES users ON DELETE SET NULL,
  updated_at timestamptz NOT NULL DEFAULT now(),
  updated_by uuid REFERENCES users ON DELETE SET NULL,
  trashed_at timestamptz,
  trashed_by uuid REFERENCES users ON DELETE SET NULL
);
CREATE UNIQUE INDEX nodes_live_name ON nodes (parent_id, name_key) WHERE trashed_at IS NULL;
CREATE UNIQUE INDEX nodes_rev ON nodes (space_id, rev);
ALTER TABLE spaces ADD CONSTRAINT spaces_root FOREIGN KEY (root_id) REFERENCES nodes DEFERRABLE INITIALLY DEFERRED;

CREATE TABLE documents (
  id uuid PRIMARY KEY REFERENCES nodes ON DELETE CASCADE,
  -- Changes only when the document is sealed or the database was restored.
  epoch integer NOT NULL DEFAULT 1,
  -- The number of the last row of the log; rows are dense from 1.
  seq bigint NOT NULL DEFAULT 0
);

-- An update is acknowledged only when its row is committed.
CREATE TABLE update_log (
  document_id uuid NOT NULL REFERENCES documents ON DELETE CASCADE,
  seq bigint NOT NULL,
  author_id uuid,
  created_at timestamptz NOT NULL DEFAULT now(),
  payload bytea NOT NULL,
  PRIMARY KEY (document_id, seq)
);
ALTER TABLE update_log ALTER COLUMN payload SET STORAGE EXTERNAL;

-- The compacted state, exactly up to seq; its format is told in checkpoint.ts.
CREATE TABLE checkpoints (
  document_id uuid PRIMARY KEY REFERENCES documents ON DELETE CASCADE,
  epoch integer NOT NULL,
  seq bigint NOT NULL,
  state bytea NOT NULL,
  -- Of the V1 state, uncompressed.
  state_bytes bigint NOT NULL,
  struct_count integer NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);
ALTER TABLE checkpoints ALTER COLUMN state SET STORAGE EXTERNAL;

-- The log rows from_seq..to_seq that a checkpoint has folded in, compressed together.
CREATE TABLE history_segments (
  document_id uuid NOT NULL REFERENCES documents ON DELETE CASCADE,
  from_seq bigint NOT NULL,
  to_seq bigint NOT NULL,
  epoch integer NOT NULL,
  rows bytea NOT NULL,
  -- The checkpoint that stood before from_seq; only every few segments carry one.
  base bytea,
  started_at timestamptz NOT NULL,
  ended_at timestamptz NOT NULL,
  PRIMARY KEY (document_id, from_seq)
);
ALTER TABLE history_segments ALTER COLUMN rows SET STORAGE EXTERNAL;
ALTER TABLE history_segments ALTER COLUMN base SET STORAGE EXTERNAL;
CREATE INDEX history_segments_by_age ON history_segments (ended_at);

-- Which user a Yjs client id belongs to, per document. Never changes.
CREATE TABLE client_claims (
  document_id uuid NOT NULL REFERENCES documents ON DELETE CASCADE,
  client_id bigint NOT NULL,
  owner text COLLATE "C" NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (document_id, client_id)
);

-- Structs under an id that somebody else has claimed: kept aside, not applied.
CREATE TABLE quarantine (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  document_id uuid NOT NULL REFERENCES documents ON DELETE CASCADE,
  submitted_by text NOT NULL,
  reason text NOT NULL,
  client_ids bigint[] NOT NULL DEFAULT '{}',
  payload bytea NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX quarantine_by_document ON quarantine (document_id);

CREATE TABLE versions (
  node_id uuid NOT NULL REFERENCES nodes ON DELETE CASCADE,
  number integer NOT NULL,
  name text,
  reason text NOT NULL CHECK (reason IN ('edit', 'named', 'before_restore', 'before_import', 'import')),
  sha256 bytea NOT NULL,
  size_bytes bigint NOT NULL,
  -- Where in the log this content stood.
  epoch integer,
  seq bigint,
  author_id uuid REFERENCES users ON DELETE SET NULL,
  contributor_ids uuid[] NOT NULL DEFAULT '{}',
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (node_id, number)
);

-- When an edited text is to get its next version, so that a restart forgets none.
CREATE TABLE version_dues (
  node_id uuid PRIMARY KEY REFERENCES nodes ON DELETE CASCADE,
  first_edit_at timestamptz NOT NULL,
  due_at timestamptz NOT NULL
);
CREATE INDEX version_dues_by_time ON version_dues (due_at);

-- What was last served to a session for a node: the base of its next upload without If-Match.
CREATE TABLE served_contents (
  session_id uuid NOT NULL REFERENCES sessions ON DELETE CASCADE,
  node_id uuid NOT NULL REFERENCES nodes ON DELETE CASCADE,
  epoch integer NOT NULL,
  seq bigint NOT NULL,
  served_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (session_id, node_id)
);

-- Immutable facts, written in the transaction of the change.
CREATE TABLE events (
  id uuid PRIMARY KEY,
  type text NOT NULL,
  space_id uuid,
  node_id uuid,
  actor_id uuid,
  payload jsonb NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX events_by_space ON events (space_id, created_at);
`,
}
