import type {
  ConflictPolicy,
  TokenScope,
  CustomRoleId,
  GrantId,
  GroupId,
  VersionReason,
  NodeId,
  NodeKind,
  Role,
  SessionId,
  SpaceId,
  UserId,
} from '@cloudsync/protocol'
import type { ColumnType, Generated, JSONColumnType } from 'kysely'
import type { AccountTables } from './account-tables.ts'
import type { Bytes, CreatedAt, Nullable, Timestamp } from './column-types.ts'
import type { OAuthTables } from './oauth-tables.ts'

/** The data key that the bytes beside it are sealed with; null: plain, as earlier versions wrote them. */
type KeyId = ColumnType<number | null, number | null | undefined, number | null>

export interface UsersTable {
  id: UserId
  email: string
  name: string
  color: string
  password_hash: string | null
  is_admin: Generated<boolean>
  is_auditor: Generated<boolean>
  tokens_valid_after: Generated<Date>
  created_at: CreatedAt
  /** A service has no password and no sessions, only tokens. */
  kind: Generated<'person' | 'service'>
  deactivated_at: Nullable<Date>
  /** When somebody showed that they read what is sent to the address. */
  email_verified_at: Nullable<Date>
}

export interface SetupLinksTable {
  token_hash: Bytes
  created_at: CreatedAt
  used_at: Date | null
}

export interface SigningKeysTable {
  kid: string
  algorithm: string
  private_jwk: JSONColumnType<Record<string, unknown>>
  public_jwk: JSONColumnType<Record<string, unknown>>
  created_at: CreatedAt
  /** When it takes the place of the one before it; until then it is only published. */
  signs_from: ColumnType<Date, Date | undefined, Date>
}

export interface SessionsTable {
  id: SessionId
  user_id: UserId
  created_at: CreatedAt
  expires_at: Timestamp
  revoked_at: Date | null
  last_used_at: Generated<Date>
  user_agent: Generated<string>
  /** `token`: it stands behind a personal access token. */
  kind: Generated<'sign_in' | 'token'>
  /** What a token may do; null: whatever the account may. */
  scopes: Nullable<readonly TokenScope[]>
  /** Where it was last used from: an address, or the /64 of one. */
  network: Generated<string>
  /** When the person last showed who they are. */
  proven_at: Nullable<Date>
  /** Of the secret in the cookie; null: the session has tokens. */
  cookie_hash: Nullable<Buffer>
}

export interface RefreshTokensTable {
  token_hash: Bytes
  session_id: SessionId
  created_at: CreatedAt
  expires_at: Timestamp
  consumed_at: Date | null
  successor_hash: ColumnType<Buffer | null, Uint8Array | null, Uint8Array | null>
}

export interface SpacesTable {
  id: SpaceId
  name: string
  kind: 'personal' | 'team'
  root_id: NodeId
  seq: Generated<number>
  created_at: CreatedAt
  conflict_policy: Generated<ConflictPolicy>
  trash_days: Generated<number>
  used_bytes: Generated<number>
  /** `null`: no limit. */
  quota_bytes: ColumnType<number | null, number | null | undefined, number | null>
  usage_counted_at: Generated<Date>
}

export interface GrantsTable {
  id: GrantId
  space_id: SpaceId
  node_id: NodeId
  user_id: ColumnType<UserId | null, UserId | null | undefined, never>
  group_id: ColumnType<GroupId | null, GroupId | null | undefined, never>
  link_id: ColumnType<string | null, string | null | undefined, never>
  /** Whichever of the three is set. */
  subject_id: ColumnType<string, never, never>
  role: Role
  custom_role_id: ColumnType<
    CustomRoleId | null,
    CustomRoleId | null | undefined,
    CustomRoleId | null
  >
  created_by: UserId | null
  created_at: CreatedAt
  expires_at: ColumnType<Date | null, Date | null | undefined, Date | null>
}

export interface GroupsTable {
  id: GroupId
  name: string
  created_at: CreatedAt
}

export interface GroupMembersTable {
  user_id: UserId
  group_id: GroupId
}

export interface CustomRolesTable {
  id: CustomRoleId
  name: string
  permissions: string[]
  counts_as: Exclude<Role, 'owner'>
  created_at: CreatedAt
}

export interface NodesTable {
  id: NodeId
  space_id: SpaceId
  parent_id: NodeId | null
  name: string
  name_key: string
  kind: NodeKind
  bom: Generated<boolean>
  line_ending: Generated<'verbatim' | 'crlf'>
  size_bytes: number | null
  media_type: string | null
  rev: number
  created_at: CreatedAt
  created_by: UserId | null
  updated_at: Generated<Date>
  updated_by: UserId | null
  trashed_at: Date | null
  trashed_by: UserId | null
  /** Of a blob. */
  sha256: ColumnType<Buffer | null, Uint8Array | null | undefined, Uint8Array | null>
  trash_batch_id: ColumnType<string | null, string | null | undefined, string | null>
  trashed_seq: ColumnType<number | null, number | null | undefined, number | null>
  /** When it was trashed, by the clock that stamps the rows of the log. */
  trashed_log_at: ColumnType<Date | null, Date | null | undefined, Date | null>
  conflict_policy: ColumnType<
    ConflictPolicy | null,
    ConflictPolicy | null | undefined,
    ConflictPolicy | null
  >
  open_conflicts: Generated<number>
  /** `false`: a private folder. */
  inherits: Generated<boolean>
}

export interface DocumentsTable {
  id: NodeId
  epoch: Generated<number>
  seq: Generated<number>
}

export interface UpdateLogTable {
  document_id: NodeId
  seq: number
  author_id: UserId | null
  created_at: CreatedAt
  payload: Bytes
  key_id: KeyId
}

export interface CheckpointsTable {
  document_id: NodeId
  epoch: number
  seq: number
  state: Bytes
  state_bytes: number
  struct_count: number
  created_at: Generated<Date>
  key_id: KeyId
}

export interface HistorySegmentsTable {
  document_id: NodeId
  from_seq: number
  to_seq: number
  epoch: number
  rows: Bytes
  base: ColumnType<Buffer | null, Uint8Array | null, never>
  started_at: Timestamp
  ended_at: Timestamp
  key_id: KeyId
  base_key_id: KeyId
}

export interface ClientClaimsTable {
  document_id: NodeId
  client_id: number
  owner: string
  created_at: CreatedAt
}

export interface QuarantineTable {
  id: Generated<number>
  document_id: NodeId
  submitted_by: string
  reason: string
  client_ids: Generated<number[]>
  payload: Bytes
  created_at: CreatedAt
  key_id: KeyId
}

export interface VersionsTable {
  node_id: NodeId
  /** Of the node; null where a server before migration 10 wrote it. */
  space_id: ColumnType<SpaceId | null, SpaceId, SpaceId>
  number: number
  name: string | null
  reason: VersionReason
  sha256: Bytes
  size_bytes: number
  epoch: number | null
  seq: number | null
  author_id: UserId | null
  contributor_ids: Generated<UserId[]>
  created_at: CreatedAt
}

export interface VersionDuesTable {
  node_id: NodeId
  first_edit_at: Timestamp
  due_at: Timestamp
}

export interface VersionPrunesTable {
  node_id: NodeId
  due_at: Timestamp
}

export interface ServedContentsTable {
  session_id: SessionId
  node_id: NodeId
  epoch: number
  seq: number
  served_at: Generated<Date>
}

export interface ServersTable {
  id: string
  started_at: Generated<Date>
  seen_at: Generated<Date>
}

export interface TombstonesTable {
  id: NodeId
  purged_at: Generated<Date>
}

export interface DeparturesTable {
  /** Where the node lay. */
  folder_id: ColumnType<NodeId | null, NodeId | null | undefined, NodeId | null>
  space_id: SpaceId
  node_id: NodeId
  rev: number
}

export interface ContentsTable {
  sha256: Bytes
  size_bytes: number
  leased_until: Timestamp
  created_at: CreatedAt
  manifest_id: ColumnType<string | null, string | null | undefined, string | null>
}

export interface PacksTable {
  id: string
  size_bytes: number
  live_bytes: number
  created_at: Timestamp
  unused_since: Date | null
  scrubbed_at: Date | null
}

export interface ChunksTable {
  hash: Bytes
  pack_id: string
  start: number
  sealed_bytes: number
  plain_bytes: number
  codec: number
  key_id: number
  refs: Generated<number>
  leased_until: Timestamp
  damaged_at: Date | null
}

export interface ManifestsTable {
  id: string
  leased_until: Timestamp
}

export interface ManifestPagesTable {
  manifest_id: string
  page: number
  start: number
  entries: Bytes
}

export interface ContentDraftsTable {
  id: string
  size_bytes: number
  tail: Bytes
  key_id: number
  touched_at: Timestamp
}

/** `open`: bytes may come; `stored`: they are a content; `filed`: they are in a file; `expired`: gone. */
export type UploadState = 'open' | 'stored' | 'filed' | 'expired'

export interface UploadSessionsTable {
  id: string
  user_id: UserId
  /** `whole`, or by the concatenation extension of tus. */
  kind: 'whole' | 'partial' | 'final'
  state: UploadState
  /** `null` until it is told. */
  length: number | null
  /** The header `Upload-Metadata` as it came. */
  metadata: string
  /** The header `Upload-Concat` of a final one. */
  concat: string | null
  sha256: Bytes | null
  node_id: NodeId | null
  /** That it is for; of a partial one, none. */
  space_id: SpaceId | null
  created_at: Timestamp
  expires_at: Timestamp
}

/** One side of a conflict, as far as its kind has such a thing. */
export interface ConflictSide {
  readonly version?: number
  readonly parentId?: NodeId | undefined
  readonly name?: string
  readonly by: UserId | null
}

export interface ConflictsTable {
  id: string
  space_id: SpaceId
  node_id: NodeId
  kind: 'content' | 'move'
  mine: JSONColumnType<ConflictSide>
  theirs: JSONColumnType<ConflictSide>
  resolution: 'mine' | 'theirs' | 'both' | null
  created_at: CreatedAt
  resolved_at: Date | null
  resolved_by: UserId | null
}

export interface IdempotencyKeysTable {
  user_id: UserId
  key: string
  fingerprint: Bytes
  outcome: JSONColumnType<Record<string, unknown>>
  created_at: CreatedAt
}

export interface EventsTable {
  id: string
  type: string
  space_id: SpaceId | null
  node_id: NodeId | null
  actor_id: UserId | null
  payload: JSONColumnType<Record<string, unknown>>
  created_at: CreatedAt
}

export interface DataKeysTable {
  id: Generated<number>
  wrapped: Bytes
  master_fingerprint: string
  is_current: Generated<boolean>
  created_at: CreatedAt
}

export interface Schema extends AccountTables, OAuthTables {
  users: UsersTable
  setup_links: SetupLinksTable
  signing_keys: SigningKeysTable
  sessions: SessionsTable
  refresh_tokens: RefreshTokensTable
  spaces: SpacesTable
  grants: GrantsTable
  groups: GroupsTable
  group_members: GroupMembersTable
  custom_roles: CustomRolesTable
  nodes: NodesTable
  documents: DocumentsTable
  update_log: UpdateLogTable
  checkpoints: CheckpointsTable
  history_segments: HistorySegmentsTable
  client_claims: ClientClaimsTable
  quarantine: QuarantineTable
  versions: VersionsTable
  version_dues: VersionDuesTable
  version_prunes: VersionPrunesTable
  served_contents: ServedContentsTable
  events: EventsTable
  tombstones: TombstonesTable
  departures: DeparturesTable
  contents: ContentsTable
  packs: PacksTable
  chunks: ChunksTable
  manifests: ManifestsTable
  manifest_pages: ManifestPagesTable
  content_drafts: ContentDraftsTable
  upload_sessions: UploadSessionsTable
  conflicts: ConflictsTable
  idempotency_keys: IdempotencyKeysTable
  servers: ServersTable
  data_keys: DataKeysTable
}
