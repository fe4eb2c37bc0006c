CREATE TABLE checkpoints (
  document_id uuid NOT NULL,
  epoch integer NOT NULL,
  seq bigint NOT NULL,
  state bytea STORAGE EXTERNAL NOT NULL,
  state_bytes bigint NOT NULL,
  struct_count integer NOT NULL,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT checkpoints_pkey PRIMARY KEY (document_id),
  CONSTRAINT checkpoints_document_id_fkey FOREIGN KEY (document_id) REFERENCES documents(id) ON DELETE CASCADE
);

CREATE TABLE client_claims (
  document_id uuid NOT NULL,
  client_id bigint NOT NULL,
  owner text COLLATE "C" NOT NULL,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT client_claims_pkey PRIMARY KEY (document_id, client_id),
  CONSTRAINT client_claims_document_id_fkey FOREIGN KEY (document_id) REFERENCES documents(id) ON DELETE CASCADE
);

CREATE TABLE conflicts (
  id uuid NOT NULL,
  space_id uuid NOT NULL,
  node_id uuid NOT NULL,
  kind text NOT NULL,
  mine jsonb NOT NULL,
  theirs jsonb NOT NULL,
  resolution text,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  resolved_at timestamp with time zone,
  resolved_by uuid,
  CONSTRAINT conflicts_pkey PRIMARY KEY (id),
  CONSTRAINT conflicts_node_id_fkey FOREIGN KEY (node_id) REFERENCES nodes(id) ON DELETE CASCADE,
  CONSTRAINT conflicts_resolved_by_fkey FOREIGN KEY (resolved_by) REFERENCES users(id) ON DELETE SET NULL,
  CONSTRAINT conflicts_space_id_fkey FOREIGN KEY (space_id) REFERENCES spaces(id) ON DELETE CASCADE,
  CONSTRAINT conflicts_kind_check CHECK ((kind = ANY (ARRAY['content'::text, 'move'::text]))),
  CONSTRAINT conflicts_resolution_check CHECK ((resolution = ANY (ARRAY['mine'::text, 'theirs'::text, 'both'::text])))
);
CREATE INDEX conflicts_by_node ON conflicts USING btree (node_id);
CREATE INDEX conflicts_open ON conflicts USING btree (space_id, created_at DESC, id DESC) WHERE (resolution IS NULL);

CREATE TABLE contents (
  sha256 bytea NOT NULL,
  size_bytes bigint NOT NULL,
  leased_until timestamp with time zone NOT NULL,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT contents_pkey PRIMARY KEY (sha256)
);
CREATE INDEX contents_by_lease ON contents USING btree (leased_until);

CREATE TABLE departures (
  space_id uuid NOT NULL,
  node_id uuid NOT NULL,
  rev bigint NOT NULL,
  CONSTRAINT departures_pkey PRIMARY KEY (space_id, node_id),
  CONSTRAINT departures_space_id_fkey FOREIGN KEY (space_id) REFERENCES spaces(id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX departures_rev ON departures USING btree (space_id, rev);

CREATE TABLE documents (
  id uuid NOT NULL,
  epoch integer NOT NULL DEFAULT 1,
  seq bigint NOT NULL DEFAULT 0,
  CONSTRAINT documents_pkey PRIMARY KEY (id),
  CONSTRAINT documents_id_fkey FOREIGN KEY (id) REFERENCES nodes(id) ON DELETE CASCADE
);

CREATE TABLE events (
  id uuid NOT NULL,
  type text NOT NULL,
  space_id uuid,
  node_id uuid,
  actor_id uuid,
  payload jsonb NOT NULL,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT events_pkey PRIMARY KEY (id)
);
CREATE INDEX events_by_space ON events USING btree (space_id, created_at);

CREATE TABLE history_segments (
  document_id uuid NOT NULL,
  from_seq bigint NOT NULL,
  to_seq bigint NOT NULL,
  epoch integer NOT NULL,
  rows bytea STORAGE EXTERNAL NOT NULL,
  base bytea STORAGE EXTERNAL,
  started_at timestamp with time zone NOT NULL,
  ended_at timestamp with time zone NOT NULL,
  CONSTRAINT history_segments_pkey PRIMARY KEY (document_id, from_seq),
  CONSTRAINT history_segments_document_id_fkey FOREIGN KEY (document_id) REFERENCES documents(id) ON DELETE CASCADE
);
CREATE INDEX history_segments_by_age ON history_segments USING btree (ended_at);

CREATE TABLE idempotency_keys (
  user_id uuid NOT NULL,
  key text COLLATE "C" NOT NULL,
  fingerprint bytea NOT NULL,
  outcome jsonb NOT NULL,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT idempotency_keys_pkey PRIMARY KEY (user_id, key),
  CONSTRAINT idempotency_keys_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE
);
CREATE INDEX idempotency_keys_by_age ON idempotency_keys USING btree (created_at);

CREATE TABLE nodes (
  id uuid NOT NULL,
  space_id uuid NOT NULL,
  parent_id uuid,
  name text COLLATE "C" NOT NULL,
  name_key text COLLATE "C" NOT NULL,
  kind text NOT NULL,
  bom boolean NOT NULL DEFAULT false,
  line_ending text NOT NULL DEFAULT 'verbatim'::text,
  size_bytes bigint,
  media_type text,
  rev bigint NOT NULL,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  created_by uuid,
  updated_at timestamp with time zone NOT NULL DEFAULT now(),
  updated_by uuid,
  trashed_at timestamp with time zone,
  trashed_by uuid,
  sha256 bytea,
  trash_batch_id uuid,
  trashed_seq bigint,
  conflict_policy text,
  open_conflicts integer NOT NULL DEFAULT 0,
  trashed_log_at timestamp with time zone,
  CONSTRAINT nodes_pkey PRIMARY KEY (id),
  CONSTRAINT nodes_created_by_fkey FOREIGN KEY (created_by) REFERENCES users(id) ON DELETE SET NULL,
  CONSTRAINT nodes_parent_id_fkey FOREIGN KEY (parent_id) REFERENCES nodes(id),
  CONSTRAINT nodes_space_id_fkey FOREIGN KEY (space_id) REFERENCES spaces(id),
  CONSTRAINT nodes_trashed_by_fkey FOREIGN KEY (trashed_by) REFERENCES users(id) ON DELETE SET NULL,
  CONSTRAINT nodes_updated_by_fkey FOREIGN KEY (updated_by) REFERENCES users(id) ON DELETE SET NULL,
  CONSTRAINT nodes_blob_content CHECK (((kind = 'blob'::text) = (sha256 IS NOT NULL))),
  CONSTRAINT nodes_conflict_policy_check CHECK ((conflict_policy = ANY (ARRAY['last_write_wins'::text, 'ask'::text]))),
  CONSTRAINT nodes_kind_check CHECK ((kind = ANY (ARRAY['folder'::text, 'text'::text, 'blob'::text]))),
  CONSTRAINT nodes_line_ending_check CHECK ((line_ending = ANY (ARRAY['verbatim'::text, 'crlf'::text]))),
  CONSTRAINT nodes_trash_batch CHECK (((trashed_at IS NULL) = (trash_batch_id IS NULL)))
);
CREATE INDEX nodes_by_parent ON nodes USING btree (parent_id);
CREATE INDEX nodes_by_trash_batch ON nodes USING btree (trash_batch_id) WHERE (trash_batch_id IS NOT NULL);
CREATE INDEX nodes_folders_by_parent ON nodes USING btree (parent_id) WHERE (kind = 'folder'::text);
CREATE UNIQUE INDEX nodes_live_name ON nodes USING btree (parent_id, name_key) WHERE (trashed_at IS NULL);
CREATE UNIQUE INDEX nodes_rev ON nodes USING btree (space_id, rev);
CREATE INDEX nodes_trashed ON nodes USING btree (space_id, trashed_at DESC, id DESC) WHERE (trashed_at IS NOT NULL);

CREATE TABLE quarantine (
  id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
  document_id uuid NOT NULL,
  submitted_by text NOT NULL,
  reason text NOT NULL,
  client_ids bigint[] NOT NULL DEFAULT '{}'::bigint[],
  payload bytea NOT NULL,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT quarantine_pkey PRIMARY KEY (id),
  CONSTRAINT quarantine_document_id_fkey FOREIGN KEY (document_id) REFERENCES documents(id) ON DELETE CASCADE
);
CREATE INDEX quarantine_by_document ON quarantine USING btree (document_id);

CREATE TABLE refresh_tokens (
  token_hash bytea NOT NULL,
  session_id uuid NOT NULL,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  expires_at timestamp with time zone NOT NULL,
  consumed_at timestamp with time zone,
  successor_hash bytea,
  CONSTRAINT refresh_tokens_pkey PRIMARY KEY (token_hash),
  CONSTRAINT refresh_tokens_session_id_fkey FOREIGN KEY (session_id) REFERENCES sessions(id) ON DELETE CASCADE
);
CREATE INDEX refresh_tokens_by_session ON refresh_tokens USING btree (session_id);

CREATE TABLE schema_migrations (
  number integer NOT NULL,
  name text NOT NULL,
  applied_at timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT schema_migrations_pkey PRIMARY KEY (number)
);

CREATE TABLE served_contents (
  session_id uuid NOT NULL,
  node_id uuid NOT NULL,
  epoch integer NOT NULL,
  seq bigint NOT NULL,
  served_at timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT served_contents_pkey PRIMARY KEY (session_id, node_id),
  CONSTRAINT served_contents_node_id_fkey FOREIGN KEY (node_id) REFERENCES nodes(id) ON DELETE CASCADE,
  CONSTRAINT served_contents_session_id_fkey FOREIGN KEY (session_id) REFERENCES sessions(id) ON DELETE CASCADE
);
CREATE INDEX served_contents_by_node ON served_contents USING btree (node_id);

CREATE TABLE servers (
  id text NOT NULL,
  started_at timestamp with time zone NOT NULL DEFAULT now(),
  seen_at timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT servers_pkey PRIMARY KEY (id)
) WITH (fillfactor=50);

CREATE TABLE sessions (
  id uuid NOT NULL,
  user_id uuid NOT NULL,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  expires_at timestamp with time zone NOT NULL,
  revoked_at timestamp with time zone,
  last_used_at timestamp with time zone NOT NULL DEFAULT now(),
  user_agent text NOT NULL DEFAULT ''::text,
  CONSTRAINT sessions_pkey PRIMARY KEY (id),
  CONSTRAINT sessions_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE
);
CREATE INDEX sessions_by_user ON sessions USING btree (user_id);

CREATE TABLE setup_links (
  token_hash bytea NOT NULL,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  used_at timestamp with time zone,
  CONSTRAINT setup_links_pkey PRIMARY KEY (token_hash)
);

CREATE TABLE signing_keys (
  kid text COLLATE "C" NOT NULL,
  algorithm text NOT NULL,
  private_jwk jsonb NOT NULL,
  public_jwk jsonb NOT NULL,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT signing_keys_pkey PRIMARY KEY (kid)
);

CREATE TABLE space_members (
  space_id uuid NOT NULL,
  user_id uuid NOT NULL,
  role text NOT NULL,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT space_members_pkey PRIMARY KEY (space_id, user_id),
  CONSTRAINT space_members_space_id_fkey FOREIGN KEY (space_id) REFERENCES spaces(id) ON DELETE CASCADE,
  CONSTRAINT space_members_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE,
  CONSTRAINT space_members_role_check CHECK ((role = ANY (ARRAY['viewer'::text, 'commenter'::text, 'editor'::text, 'manager'::text, 'owner'::text])))
);
CREATE INDEX space_members_by_user ON space_members USING btree (user_id);

CREATE TABLE spaces (
  id uuid NOT NULL,
  name text NOT NULL,
  kind text NOT NULL,
  root_id uuid NOT NULL,
  seq bigint NOT NULL DEFAULT 0,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  conflict_policy text NOT NULL DEFAULT 'last_write_wins'::text,
  trash_days integer NOT NULL DEFAULT 30,
  CONSTRAINT spaces_pkey PRIMARY KEY (id),
  CONSTRAINT spaces_root FOREIGN KEY (root_id) REFERENCES nodes(id) DEFERRABLE INITIALLY DEFERRED,
  CONSTRAINT spaces_conflict_policy_check CHECK ((conflict_policy = ANY (ARRAY['last_write_wins'::text, 'ask'::text]))),
  CONSTRAINT spaces_kind_check CHECK ((kind = ANY (ARRAY['personal'::text, 'team'::text]))),
  CONSTRAINT spaces_trash_days_check CHECK ((trash_days > 0))
);
CREATE UNIQUE INDEX spaces_by_root ON spaces USING btree (root_id);

CREATE TABLE tombstones (
  id uuid NOT NULL,
  purged_at timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT tombstones_pkey PRIMARY KEY (id)
);

CREATE TABLE update_log (
  document_id uuid NOT NULL,
  seq bigint NOT NULL,
  author_id uuid,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  payload bytea STORAGE EXTERNAL NOT NULL,
  CONSTRAINT update_log_pkey PRIMARY KEY (document_id, seq),
  CONSTRAINT update_log_document_id_fkey FOREIGN KEY (document_id) REFERENCES documents(id) ON DELETE CASCADE
);

CREATE TABLE users (
  id uuid NOT NULL,
  email text COLLATE "C" NOT NULL,
  name text NOT NULL,
  color text NOT NULL,
  password_hash text,
  is_admin boolean NOT NULL DEFAULT false,
  tokens_valid_after timestamp with time zone NOT NULL DEFAULT '-infinity'::timestamp with time zone,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT users_pkey PRIMARY KEY (id),
  CONSTRAINT users_email_key UNIQUE (email)
);

CREATE TABLE version_dues (
  node_id uuid NOT NULL,
  first_edit_at timestamp with time zone NOT NULL,
  due_at timestamp with time zone NOT NULL,
  CONSTRAINT version_dues_pkey PRIMARY KEY (node_id),
  CONSTRAINT version_dues_node_id_fkey FOREIGN KEY (node_id) REFERENCES nodes(id) ON DELETE CASCADE
);
CREATE INDEX version_dues_by_time ON version_dues USING btree (due_at);

CREATE TABLE versions (
  node_id uuid NOT NULL,
  number integer NOT NULL,
  name text,
  reason text NOT NULL,
  sha256 bytea NOT NULL,
  size_bytes bigint NOT NULL,
  epoch integer,
  seq bigint,
  author_id uuid,
  contributor_ids uuid[] NOT NULL DEFAULT '{}'::uuid[],
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT versions_pkey PRIMARY KEY (node_id, number),
  CONSTRAINT versions_author_id_fkey FOREIGN KEY (author_id) REFERENCES users(id) ON DELETE SET NULL,
  CONSTRAINT versions_content FOREIGN KEY (sha256) REFERENCES contents(sha256),
  CONSTRAINT versions_node_id_fkey FOREIGN KEY (node_id) REFERENCES nodes(id) ON DELETE CASCADE,
  CONSTRAINT versions_reason_check CHECK ((reason = ANY (ARRAY['edit'::text, 'named'::text, 'before_restore'::text, 'before_import'::text, 'import'::text, 'upload'::text, 'conflict'::text])))
);
CREATE INDEX versions_by_content ON versions USING btree (sha256);
