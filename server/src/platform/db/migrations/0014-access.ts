import type { Migration } from '../migrate.ts'

/** Who may do what: grants on nodes for people, groups and links; who was a member of a space has one on its root. */
export const access: Migration = {
  number: 14,
  name: 'access',
  sql: `
ALTER TABLE nodes
  -- Of a folder: whether what is granted above counts in it. False: a private folder.
  ADD COLUMN inherits boolean NOT NULL DEFAULT true,
  ADD CONSTRAINT nodes_private_folder CHECK (inherits OR (kind = 'folder' AND parent_id IS NOT NULL));
CREATE INDEX nodes_private ON nodes (space_id) WHERE NOT inherits;

ALTER TABLE users ADD COLUMN is_auditor boolean NOT NULL DEFAULT false;

-- Where it lay: who may read that folder hears of it.
ALTER TABLE departures ADD COLUMN folder_id uuid;

CREATE TABLE groups (
  id uuid PRIMARY KEY,
  name text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX groups_name ON groups (lower(name));

CREATE TABLE group_members (
  user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
  group_id uuid NOT NULL REFERENCES groups ON DELETE CASCADE,
  PRIMARY KEY (user_id, group_id)
);
CREATE INDEX group_members_by_group ON group_members (group_id, user_id);

CREATE TABLE custom_roles (
  id uuid PRIMARY KEY,
  name text NOT NULL,
  permissions text[] NOT NULL,
  -- For clients that know only the built-in ones.
  counts_as text NOT NULL CHECK (counts_as IN ('viewer', 'commenter', 'editor', 'manager')),
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX custom_roles_name ON custom_roles (lower(name));

CREATE TABLE grants (
  id uuid PRIMARY KEY,
  space_id uuid NOT NULL REFERENCES spaces ON DELETE CASCADE,
  node_id uuid NOT NULL REFERENCES nodes ON DELETE CASCADE,
  -- One of the three.
  user_id uuid REFERENCES users ON DELETE CASCADE,
  group_id uuid REFERENCES groups ON DELETE CASCADE,
  link_id uuid,
  subject_id uuid NOT NULL GENERATED ALWAYS AS (coalesce(user_id, group_id, link_id)) STORED,
  -- Of a custom role: what it counts as.
  role text NOT NULL CHECK (role IN ('viewer', 'commenter', 'editor', 'manager', 'owner')),
  custom_role_id uuid REFERENCES custom_roles,
  -- Below the root, nobody: it counts for nothing.
  created_by uuid REFERENCES users ON DELETE SET NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz,
  CONSTRAINT grants_subject CHECK (num_nonnulls(user_id, group_id, link_id) = 1),
  CONSTRAINT grants_owner CHECK (role <> 'owner'
    OR (user_id IS NOT NULL AND expires_at IS NULL AND custom_role_id IS NULL))
);
CREATE UNIQUE INDEX grants_by_node ON grants (node_id, subject_id);
CREATE INDEX grants_by_subject ON grants (subject_id, id);
CREATE INDEX grants_by_space ON grants (space_id);
CREATE INDEX grants_by_expiry ON grants (expires_at) WHERE expires_at IS NOT NULL;
CREATE INDEX grants_by_custom_role ON grants (custom_role_id) WHERE custom_role_id IS NOT NULL;

INSERT INTO grants (id, space_id, node_id, user_id, role, created_at)
  SELECT gen_random_uuid(), spaces.id, spaces.root_id, members.user_id, members.role, members.created_at
  FROM space_members members JOIN spaces ON spaces.id = members.space_id;
DROP TABLE space_members;
`,
}
