CREATE TABLE account_links (
  id uuid NOT NULL,
  token_hash bytea NOT NULL,
  kind text NOT NULL,
  email text COLLATE "C" NOT NULL,
  user_id uuid,
  created_by uuid,
  created_at timestamp with time zone NOT NULL,
  expires_at timestamp with time zone NOT NULL,
  used_at timestamp with time zone,
  revoked_at timestamp with time zone,
  CONSTRAINT account_links_pkey PRIMARY KEY (id),
  CONSTRAINT account_links_token_hash_key UNIQUE (token_hash),
  CONSTRAINT account_links_created_by_fkey FOREIGN KEY (created_by) REFERENCES users(id) ON DELETE SET NULL,
  CONSTRAINT account_links_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE,
  CONSTRAINT account_links_kind_check CHECK ((kind = ANY (ARRAY['invitation'::text, 'sign_up'::text, 'password_reset'::text, 'email_change'::text])))
);
CREATE INDEX account_links_by_email ON account_links USING btree (email, created_at);
CREATE INDEX account_links_by_user ON account_links USING btree (user_id);

CREATE TABLE auth_challenges (
  token_hash bytea NOT NULL,
  kind text NOT NULL,
  user_id uuid,
  webauthn_challenge text,
  attempts integer NOT NULL DEFAULT 0,
  expires_at timestamp with time zone NOT NULL,
  CONSTRAINT auth_challenges_pkey PRIMARY KEY (token_hash),
  CONSTRAINT auth_challenges_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE,
  CONSTRAINT auth_challenges_kind_check CHECK ((kind = ANY (ARRAY['second_factor'::text, 'passkey_sign_in'::text, 'passkey_registration'::text])))
);
CREATE INDEX auth_challenges_by_time ON auth_challenges USING btree (expires_at);
CREATE INDEX auth_challenges_by_user ON auth_challenges USING btree (user_id);

CREATE TABLE checkpoints (
  document_id uuid NOT NULL,
  epoch integer NOT NULL,
  seq bigint NOT NULL,
  state bytea STORAGE EXTERNAL NOT NULL,
  state_bytes bigint NOT NULL,
  struct_count integer NOT NULL,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  key_id integer,
  CONSTRAINT checkpoints_pkey PRIMARY KEY (document_id),
  CONSTRAINT checkpoints_document_id_fkey FOREIGN KEY (document_id) REFERENCES documents(id) ON DELETE CASCADE
);

CREATE TABLE chunks (
  hash bytea NOT NULL,
  pack_id uuid NOT NULL,
  start integer NOT NULL,
  sealed_bytes integer NOT NULL,
  plain_bytes integer NOT NULL,
  codec smallint NOT NULL,
  key_id integer NOT NULL,
  refs bigint NOT NULL DEFAULT 0,
  leased_until timestamp with time zone NOT NULL,
  damaged_at timestamp with time zone,
  CONSTRAINT chunks_pkey PRIMARY KEY (hash),
  CONSTRAINT chunks_pack_id_fkey FOREIGN KEY (pack_id) REFERENCES packs(id),
  CONSTRAINT chunks_refs_check CHECK ((refs >= 0))
);
CREATE INDEX chunks_by_pack ON chunks USING btree (pack_id);
CREATE INDEX chunks_damaged ON chunks USING btree (damaged_at) WHERE (damaged_at IS NOT NULL);
CREATE INDEX chunks_unnamed ON chunks USING btree (leased_until) WHERE (refs = 0);

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

CREATE TABLE content_drafts (
  id uuid NOT NULL,
  size_bytes bigint NOT NULL,
  tail bytea NOT NULL,
  key_id integer NOT NULL,
  touched_at timestamp with time zone NOT NULL,
  CONSTRAINT content_drafts_pkey PRIMARY KEY (id)
);

CREATE TABLE contents (
  sha256 bytea NOT NULL,
  size_bytes bigint NOT NULL,
  leased_until timestamp with time zone NOT NULL,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  manifest_id uuid,
  CONSTRAINT contents_pkey PRIMARY KEY (sha256),
  CONSTRAINT contents_manifest_id_fkey FOREIGN KEY (manifest_id) REFERENCES manifests(id)
);
CREATE INDEX contents_by_lease ON contents USING btree (leased_until);
CREATE UNIQUE INDEX contents_by_manifest ON contents USING btree (manifest_id) WHERE (manifest_id IS NOT NULL);

CREATE TABLE custom_roles (
  id uuid NOT NULL,
  name text NOT NULL,
  permissions text[] NOT NULL,
  counts_as text NOT NULL,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT custom_roles_pkey PRIMARY KEY (id),
  CONSTRAINT custom_roles_counts_as_check CHECK ((counts_as = ANY (ARRAY['viewer'::text, 'commenter'::text, 'editor'::text, 'manager'::text])))
);
CREATE UNIQUE INDEX custom_roles_name ON custom_roles USING btree (lower(name));

CREATE TABLE data_keys (
  id integer NOT NULL GENERATED BY DEFAULT AS IDENTITY,
  wrapped bytea NOT NULL,
  master_fingerprint text COLLATE "C" NOT NULL,
  is_current boolean NOT NULL DEFAULT false,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT data_keys_pkey PRIMARY KEY (id)
);
CREATE UNIQUE INDEX data_keys_current ON data_keys USING btree (is_current) WHERE is_current;

CREATE TABLE departures (
  space_id uuid NOT NULL,
  node_id uuid NOT NULL,
  rev bigint NOT NULL,
  folder_id uuid,
  left_at timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT departures_pkey PRIMARY KEY (space_id, node_id),
  CONSTRAINT departures_space_id_fkey FOREIGN KEY (space_id) REFERENCES spaces(id) ON DELETE CASCADE
);
CREATE INDEX departures_by_age ON departures USING btree (left_at);
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

CREATE TABLE external_identities (
  id uuid NOT NULL,
  issuer text COLLATE "C" NOT NULL,
  subject text COLLATE "C" NOT NULL,
  user_id uuid NOT NULL,
  email text COLLATE "C",
  created_at timestamp with time zone NOT NULL,
  last_used_at timestamp with time zone,
  CONSTRAINT external_identities_pkey PRIMARY KEY (id),
  CONSTRAINT external_identities_issuer_subject_key UNIQUE (issuer, subject),
  CONSTRAINT external_identities_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE
);
CREATE INDEX external_identities_by_user ON external_identities USING btree (user_id);

CREATE TABLE external_sign_ins (
  secret_hash bytea NOT NULL,
  provider_id text NOT NULL,
  session_id uuid,
  return_to text NOT NULL,
  user_id uuid,
  answered_at timestamp with time zone,
  expires_at timestamp with time zone NOT NULL,
  CONSTRAINT external_sign_ins_pkey PRIMARY KEY (secret_hash),
  CONSTRAINT external_sign_ins_session_id_fkey FOREIGN KEY (session_id) REFERENCES sessions(id) ON DELETE CASCADE,
  CONSTRAINT external_sign_ins_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE
);
CREATE INDEX external_sign_ins_by_time ON external_sign_ins USING btree (expires_at);

CREATE TABLE grants (
  id uuid NOT NULL,
  space_id uuid NOT NULL,
  node_id uuid NOT NULL,
  user_id uuid,
  group_id uuid,
  link_id uuid,
  subject_id uuid NOT NULL GENERATED ALWAYS AS (COALESCE(user_id, group_id, link_id)) STORED,
  role text NOT NULL,
  custom_role_id uuid,
  created_by uuid,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  expires_at timestamp with time zone,
  CONSTRAINT grants_pkey PRIMARY KEY (id),
  CONSTRAINT grants_created_by_fkey FOREIGN KEY (created_by) REFERENCES users(id) ON DELETE SET NULL,
  CONSTRAINT grants_custom_role_id_fkey FOREIGN KEY (custom_role_id) REFERENCES custom_roles(id),
  CONSTRAINT grants_group_id_fkey FOREIGN KEY (group_id) REFERENCES groups(id) ON DELETE CASCADE,
  CONSTRAINT grants_node_id_fkey FOREIGN KEY (node_id) REFERENCES nodes(id) ON DELETE CASCADE,
  CONSTRAINT grants_space_id_fkey FOREIGN KEY (space_id) REFERENCES spaces(id) ON DELETE CASCADE,
  CONSTRAINT grants_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE,
  CONSTRAINT grants_owner CHECK (((role <> 'owner'::text) OR ((user_id IS NOT NULL) AND (expires_at IS NULL) AND (custom_role_id IS NULL)))),
  CONSTRAINT grants_role_check CHECK ((role = ANY (ARRAY['viewer'::text, 'commenter'::text, 'editor'::text, 'manager'::text, 'owner'::text]))),
  CONSTRAINT grants_subject CHECK ((num_nonnulls(user_id, group_id, link_id) = 1))
);
CREATE INDEX grants_by_custom_role ON grants USING btree (custom_role_id) WHERE (custom_role_id IS NOT NULL);
CREATE INDEX grants_by_expiry ON grants USING btree (expires_at) WHERE (expires_at IS NOT NULL);
CREATE UNIQUE INDEX grants_by_node ON grants USING btree (node_id, subject_id);
CREATE INDEX grants_by_space ON grants USING btree (space_id);
CREATE INDEX grants_by_subject ON grants USING btree (subject_id, id);

CREATE TABLE group_members (
  user_id uuid NOT NULL,
  group_id uuid NOT NULL,
  CONSTRAINT group_members_pkey PRIMARY KEY (user_id, group_id),
  CONSTRAINT group_members_group_id_fkey FOREIGN KEY (group_id) REFERENCES groups(id) ON DELETE CASCADE,
  CONSTRAINT group_members_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE
);
CREATE INDEX group_members_by_group ON group_members USING btree (group_id, user_id);

CREATE TABLE groups (
  id uuid NOT NULL,
  name text NOT NULL,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT groups_pkey PRIMARY KEY (id)
);
CREATE UNIQUE INDEX groups_name ON groups USING btree (lower(name));

CREATE TABLE history_segments (
  document_id uuid NOT NULL,
  from_seq bigint NOT NULL,
  to_seq bigint NOT NULL,
  epoch integer NOT NULL,
  rows bytea STORAGE EXTERNAL NOT NULL,
  base bytea STORAGE EXTERNAL,
  started_at timestamp with time zone NOT NULL,
  ended_at timestamp with time zone NOT NULL,
  key_id integer,
  base_key_id integer,
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

CREATE TABLE installation_settings (
  name text COLLATE "C" NOT NULL,
  value jsonb NOT NULL,
  CONSTRAINT installation_settings_pkey PRIMARY KEY (name)
);

CREATE TABLE mail_outbox (
  id uuid NOT NULL,
  sealed bytea NOT NULL,
  key_id integer NOT NULL,
  attempts integer NOT NULL DEFAULT 0,
  due_at timestamp with time zone NOT NULL,
  expires_at timestamp with time zone NOT NULL,
  CONSTRAINT mail_outbox_pkey PRIMARY KEY (id)
);
CREATE INDEX mail_outbox_by_time ON mail_outbox USING btree (due_at);

CREATE TABLE manifest_pages (
  manifest_id uuid NOT NULL,
  page integer NOT NULL,
  start bigint NOT NULL,
  entries bytea STORAGE EXTERNAL NOT NULL,
  CONSTRAINT manifest_pages_pkey PRIMARY KEY (manifest_id, page),
  CONSTRAINT manifest_pages_manifest_id_fkey FOREIGN KEY (manifest_id) REFERENCES manifests(id)
);
CREATE UNIQUE INDEX manifest_pages_by_start ON manifest_pages USING btree (manifest_id, start);

CREATE TABLE manifests (
  id uuid NOT NULL,
  leased_until timestamp with time zone NOT NULL,
  CONSTRAINT manifests_pkey PRIMARY KEY (id)
);
CREATE INDEX manifests_by_lease ON manifests USING btree (leased_until);

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
  inherits boolean NOT NULL DEFAULT true,
  arrived_rev bigint,
  touched_seq bigint,
  mode text NOT NULL DEFAULT 'regular'::text,
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
  CONSTRAINT nodes_mode_check CHECK ((mode = ANY (ARRAY['regular'::text, 'executable'::text, 'symlink'::text]))) NOT VALID,
  CONSTRAINT nodes_private_folder CHECK ((inherits OR ((kind = 'folder'::text) AND (parent_id IS NOT NULL)))),
  CONSTRAINT nodes_trash_batch CHECK (((trashed_at IS NULL) = (trash_batch_id IS NULL)))
);
CREATE INDEX nodes_by_parent ON nodes USING btree (parent_id);
CREATE INDEX nodes_by_trash_batch ON nodes USING btree (trash_batch_id) WHERE (trash_batch_id IS NOT NULL);
CREATE INDEX nodes_folders_by_parent ON nodes USING btree (parent_id) WHERE (kind = 'folder'::text);
CREATE INDEX nodes_folders_by_space ON nodes USING btree (space_id, id) WHERE (kind = 'folder'::text);
CREATE UNIQUE INDEX nodes_live_name ON nodes USING btree (parent_id, name_key) WHERE (trashed_at IS NULL);
CREATE INDEX nodes_private ON nodes USING btree (space_id) WHERE (NOT inherits);
CREATE UNIQUE INDEX nodes_rev ON nodes USING btree (space_id, rev);
CREATE INDEX nodes_trashed ON nodes USING btree (space_id, trashed_at DESC, id DESC) WHERE (trashed_at IS NOT NULL);

CREATE TABLE oauth_clients (
  id text COLLATE "C" NOT NULL,
  metadata jsonb NOT NULL,
  secret_hash text,
  origin text NOT NULL,
  created_by uuid,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT oauth_clients_pkey PRIMARY KEY (id),
  CONSTRAINT oauth_clients_created_by_fkey FOREIGN KEY (created_by) REFERENCES users(id) ON DELETE SET NULL,
  CONSTRAINT oauth_clients_origin_check CHECK ((origin = ANY (ARRAY['built_in'::text, 'admin'::text, 'registration'::text])))
);

CREATE TABLE oauth_consents (
  user_id uuid NOT NULL,
  client_id text COLLATE "C" NOT NULL,
  scopes text[] NOT NULL,
  CONSTRAINT oauth_consents_pkey PRIMARY KEY (user_id, client_id),
  CONSTRAINT oauth_consents_client_id_fkey FOREIGN KEY (client_id) REFERENCES oauth_clients(id) ON DELETE CASCADE,
  CONSTRAINT oauth_consents_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE
);
CREATE INDEX oauth_consents_by_client ON oauth_consents USING btree (client_id);

CREATE TABLE oauth_grants (
  id text COLLATE "C" NOT NULL,
  session_id uuid NOT NULL,
  user_id uuid NOT NULL,
  client_id text COLLATE "C" NOT NULL,
  scopes text[] NOT NULL,
  resources text[] NOT NULL,
  created_at timestamp with time zone NOT NULL,
  CONSTRAINT oauth_grants_pkey PRIMARY KEY (id),
  CONSTRAINT oauth_grants_session_id_key UNIQUE (session_id),
  CONSTRAINT oauth_grants_client_id_fkey FOREIGN KEY (client_id) REFERENCES oauth_clients(id) ON DELETE CASCADE,
  CONSTRAINT oauth_grants_session_id_fkey FOREIGN KEY (session_id) REFERENCES sessions(id) ON DELETE CASCADE,
  CONSTRAINT oauth_grants_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE
);
CREATE INDEX oauth_grants_by_client ON oauth_grants USING btree (client_id);
CREATE INDEX oauth_grants_by_user ON oauth_grants USING btree (user_id);

CREATE TABLE oauth_records (
  kind text COLLATE "C" NOT NULL,
  id_hash bytea NOT NULL,
  payload jsonb NOT NULL,
  grant_id text COLLATE "C",
  user_code_hash bytea,
  uid_hash bytea,
  consumed_at timestamp with time zone,
  answer bytea,
  expires_at timestamp with time zone NOT NULL,
  CONSTRAINT oauth_records_pkey PRIMARY KEY (kind, id_hash),
  CONSTRAINT oauth_records_user_code_hash_key UNIQUE (user_code_hash),
  CONSTRAINT oauth_records_grant_id_fkey FOREIGN KEY (grant_id) REFERENCES oauth_grants(id) ON DELETE CASCADE
);
CREATE INDEX oauth_records_by_grant ON oauth_records USING btree (grant_id);
CREATE INDEX oauth_records_by_time ON oauth_records USING btree (expires_at);
CREATE INDEX oauth_records_by_uid ON oauth_records USING btree (uid_hash) WHERE (uid_hash IS NOT NULL);

CREATE TABLE packs (
  id uuid NOT NULL,
  size_bytes bigint NOT NULL,
  live_bytes bigint NOT NULL,
  created_at timestamp with time zone NOT NULL,
  unused_since timestamp with time zone,
  scrubbed_at timestamp with time zone,
  CONSTRAINT packs_pkey PRIMARY KEY (id)
);
CREATE INDEX packs_by_scrub ON packs USING btree (scrubbed_at NULLS FIRST);
CREATE INDEX packs_unused ON packs USING btree (unused_since) WHERE (unused_since IS NOT NULL);

CREATE TABLE passkeys (
  id text COLLATE "C" NOT NULL,
  user_id uuid NOT NULL,
  name text NOT NULL,
  public_key bytea NOT NULL,
  counter bigint NOT NULL,
  transports text[] NOT NULL DEFAULT '{}'::text[],
  created_at timestamp with time zone NOT NULL,
  last_used_at timestamp with time zone,
  CONSTRAINT passkeys_pkey PRIMARY KEY (id),
  CONSTRAINT passkeys_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE
);
CREATE INDEX passkeys_by_user ON passkeys USING btree (user_id);

CREATE TABLE personal_tokens (
  session_id uuid NOT NULL,
  token_hash bytea NOT NULL,
  name text NOT NULL,
  hint text NOT NULL,
  created_by uuid,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT personal_tokens_pkey PRIMARY KEY (session_id),
  CONSTRAINT personal_tokens_token_hash_key UNIQUE (token_hash),
  CONSTRAINT personal_tokens_created_by_fkey FOREIGN KEY (created_by) REFERENCES users(id) ON DELETE SET NULL,
  CONSTRAINT personal_tokens_session_id_fkey FOREIGN KEY (session_id) REFERENCES sessions(id) ON DELETE CASCADE
);

CREATE TABLE quarantine (
  id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
  document_id uuid NOT NULL,
  submitted_by text NOT NULL,
  reason text NOT NULL,
  client_ids bigint[] NOT NULL DEFAULT '{}'::bigint[],
  payload bytea NOT NULL,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  key_id integer,
  CONSTRAINT quarantine_pkey PRIMARY KEY (id),
  CONSTRAINT quarantine_document_id_fkey FOREIGN KEY (document_id) REFERENCES documents(id) ON DELETE CASCADE
);
CREATE INDEX quarantine_by_document ON quarantine USING btree (document_id);

CREATE TABLE recovery_codes (
  user_id uuid NOT NULL,
  code_hash bytea NOT NULL,
  CONSTRAINT recovery_codes_pkey PRIMARY KEY (user_id, code_hash),
  CONSTRAINT recovery_codes_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE
);

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
  kind text NOT NULL DEFAULT 'sign_in'::text,
  scopes text[],
  network text NOT NULL DEFAULT ''::text,
  proven_at timestamp with time zone,
  cookie_hash bytea,
  CONSTRAINT sessions_pkey PRIMARY KEY (id),
  CONSTRAINT sessions_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE,
  CONSTRAINT sessions_kind_check CHECK ((kind = ANY (ARRAY['sign_in'::text, 'token'::text])))
);
CREATE UNIQUE INDEX sessions_by_cookie ON sessions USING btree (cookie_hash) WHERE (cookie_hash IS NOT NULL);
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
  private_jwk jsonb,
  public_jwk jsonb NOT NULL,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  signs_from timestamp with time zone NOT NULL DEFAULT now(),
  sealed bytea,
  key_id integer,
  CONSTRAINT signing_keys_pkey PRIMARY KEY (kid),
  CONSTRAINT signing_keys_have_a_private_part CHECK ((num_nonnulls(private_jwk, sealed) = 1)),
  CONSTRAINT signing_keys_name_their_data_key CHECK (((sealed IS NULL) = (key_id IS NULL)))
);

CREATE TABLE spaces (
  id uuid NOT NULL,
  name text NOT NULL,
  kind text NOT NULL,
  root_id uuid NOT NULL,
  seq bigint NOT NULL DEFAULT 0,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  conflict_policy text NOT NULL DEFAULT 'last_write_wins'::text,
  trash_days integer NOT NULL DEFAULT 30,
  used_bytes bigint NOT NULL DEFAULT 0,
  quota_bytes bigint,
  usage_counted_at timestamp with time zone NOT NULL DEFAULT now(),
  feed_since bigint NOT NULL DEFAULT 0,
  CONSTRAINT spaces_pkey PRIMARY KEY (id),
  CONSTRAINT spaces_root FOREIGN KEY (root_id) REFERENCES nodes(id) DEFERRABLE INITIALLY DEFERRED,
  CONSTRAINT spaces_conflict_policy_check CHECK ((conflict_policy = ANY (ARRAY['last_write_wins'::text, 'ask'::text]))),
  CONSTRAINT spaces_kind_check CHECK ((kind = ANY (ARRAY['personal'::text, 'team'::text]))),
  CONSTRAINT spaces_quota_bytes_check CHECK ((quota_bytes >= 0)),
  CONSTRAINT spaces_trash_days_check CHECK ((trash_days > 0))
);
CREATE UNIQUE INDEX spaces_by_root ON spaces USING btree (root_id);

CREATE TABLE tombstones (
  id uuid NOT NULL,
  purged_at timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT tombstones_pkey PRIMARY KEY (id)
);

CREATE TABLE totp_secrets (
  user_id uuid NOT NULL,
  sealed bytea NOT NULL,
  key_id integer NOT NULL,
  confirmed_at timestamp with time zone,
  last_step bigint NOT NULL DEFAULT 0,
  created_at timestamp with time zone NOT NULL,
  CONSTRAINT totp_secrets_pkey PRIMARY KEY (user_id),
  CONSTRAINT totp_secrets_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE
);

CREATE TABLE update_log (
  document_id uuid NOT NULL,
  seq bigint NOT NULL,
  author_id uuid,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  payload bytea STORAGE EXTERNAL NOT NULL,
  key_id integer,
  CONSTRAINT update_log_pkey PRIMARY KEY (document_id, seq),
  CONSTRAINT update_log_document_id_fkey FOREIGN KEY (document_id) REFERENCES documents(id) ON DELETE CASCADE
);

CREATE TABLE upload_sessions (
  id uuid NOT NULL,
  user_id uuid NOT NULL,
  kind text NOT NULL,
  state text NOT NULL,
  length bigint,
  metadata text NOT NULL,
  concat text,
  sha256 bytea,
  node_id uuid,
  created_at timestamp with time zone NOT NULL,
  expires_at timestamp with time zone NOT NULL,
  space_id uuid,
  CONSTRAINT upload_sessions_pkey PRIMARY KEY (id),
  CONSTRAINT upload_sessions_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE,
  CONSTRAINT upload_sessions_check CHECK (((state <> 'stored'::text) OR (sha256 IS NOT NULL))),
  CONSTRAINT upload_sessions_check1 CHECK (((state <> 'filed'::text) OR (node_id IS NOT NULL))),
  CONSTRAINT upload_sessions_kind_check CHECK ((kind = ANY (ARRAY['whole'::text, 'partial'::text, 'final'::text]))),
  CONSTRAINT upload_sessions_length_check CHECK ((length >= 0)),
  CONSTRAINT upload_sessions_state_check CHECK ((state = ANY (ARRAY['open'::text, 'stored'::text, 'filed'::text, 'expired'::text])))
);
CREATE INDEX upload_sessions_by_expiry ON upload_sessions USING btree (expires_at);
CREATE INDEX upload_sessions_by_user ON upload_sessions USING btree (user_id);

CREATE TABLE users (
  id uuid NOT NULL,
  email text COLLATE "C" NOT NULL,
  name text NOT NULL,
  color text NOT NULL,
  password_hash text,
  is_admin boolean NOT NULL DEFAULT false,
  tokens_valid_after timestamp with time zone NOT NULL DEFAULT '-infinity'::timestamp with time zone,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  kind text NOT NULL DEFAULT 'person'::text,
  deactivated_at timestamp with time zone,
  email_verified_at timestamp with time zone,
  is_auditor boolean NOT NULL DEFAULT false,
  CONSTRAINT users_pkey PRIMARY KEY (id),
  CONSTRAINT users_email_key UNIQUE (email),
  CONSTRAINT users_kind_check CHECK ((kind = ANY (ARRAY['person'::text, 'service'::text])))
);

CREATE TABLE version_dues (
  node_id uuid NOT NULL,
  first_edit_at timestamp with time zone NOT NULL,
  due_at timestamp with time zone NOT NULL,
  CONSTRAINT version_dues_pkey PRIMARY KEY (node_id),
  CONSTRAINT version_dues_node_id_fkey FOREIGN KEY (node_id) REFERENCES nodes(id) ON DELETE CASCADE
);
CREATE INDEX version_dues_by_time ON version_dues USING btree (due_at);

CREATE TABLE version_prunes (
  node_id uuid NOT NULL,
  due_at timestamp with time zone NOT NULL,
  CONSTRAINT version_prunes_pkey PRIMARY KEY (node_id),
  CONSTRAINT version_prunes_node_id_fkey FOREIGN KEY (node_id) REFERENCES nodes(id) ON DELETE CASCADE
);
CREATE INDEX version_prunes_by_time ON version_prunes USING btree (due_at);

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
  space_id uuid,
  CONSTRAINT versions_pkey PRIMARY KEY (node_id, number),
  CONSTRAINT versions_author_id_fkey FOREIGN KEY (author_id) REFERENCES users(id) ON DELETE SET NULL,
  CONSTRAINT versions_content FOREIGN KEY (sha256) REFERENCES contents(sha256),
  CONSTRAINT versions_node_id_fkey FOREIGN KEY (node_id) REFERENCES nodes(id) ON DELETE CASCADE,
  CONSTRAINT versions_reason_check CHECK ((reason = ANY (ARRAY['edit'::text, 'named'::text, 'before_restore'::text, 'before_import'::text, 'import'::text, 'upload'::text, 'conflict'::text])))
);
CREATE INDEX versions_by_content ON versions USING btree (sha256, space_id);
