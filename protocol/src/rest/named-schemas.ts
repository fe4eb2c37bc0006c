import { problemSchema } from '../problem.ts'
import {
  customRoleRequestSchema,
  customRoleSchema,
  grantSchema,
  groupMemberSchema,
  groupRequestSchema,
  groupSchema,
  nodeAccessSchema,
  putGrantRequestSchema,
  putInheritanceRequestSchema,
} from './access.ts'
import { adminSpaceSchema, patchAdminSpaceRequestSchema, storageReportSchema } from './admin.ts'
import {
  createUserRequestSchema,
  meSchema,
  refreshRequestSchema,
  setUpRequestSchema,
  setUpStateSchema,
  signInRequestSchema,
  signOutRequestSchema,
  tokensSchema,
  userSchema,
} from './auth.ts'
import {
  bulkOperationSchema,
  bulkRequestSchema,
  bulkResponseSchema,
  bulkResultSchema,
} from './bulk.ts'
import { changeSchema, changesSchema } from './changes.ts'
import { conflictSchema, resolveConflictRequestSchema } from './conflicts.ts'
import { fileBatchResponseSchema, fileBatchSchema } from './file-batch.ts'
import { createTicketRequestSchema, ticketSchema } from './live.ts'
import {
  copyNodeRequestSchema,
  createNodeRequestSchema,
  nodeSchema,
  patchNodeRequestSchema,
  personSchema,
  putContentResponseSchema,
  seenNodeSchema,
} from './nodes.ts'
import {
  createSpaceRequestSchema,
  memberSchema,
  patchSpaceRequestSchema,
  putMemberRequestSchema,
  spaceSchema,
} from './spaces.ts'
import { trashedSchema, trashItemSchema } from './trash.ts'
import { versionDiffSchema, versionSchema } from './versions.ts'

/** Schemas that have a name of their own in the OpenAPI document; all others are written out where they are used. */
export const namedSchemas = {
  AdminSpace: adminSpaceSchema,
  BulkOperation: bulkOperationSchema,
  BulkRequest: bulkRequestSchema,
  BulkResponse: bulkResponseSchema,
  BulkResult: bulkResultSchema,
  Change: changeSchema,
  Changes: changesSchema,
  Conflict: conflictSchema,
  CopyNodeRequest: copyNodeRequestSchema,
  CreateNodeRequest: createNodeRequestSchema,
  CreateSpaceRequest: createSpaceRequestSchema,
  CreateTicketRequest: createTicketRequestSchema,
  CreateUserRequest: createUserRequestSchema,
  CustomRole: customRoleSchema,
  CustomRoleRequest: customRoleRequestSchema,
  FileBatch: fileBatchSchema,
  FileBatchResponse: fileBatchResponseSchema,
  Grant: grantSchema,
  Group: groupSchema,
  GroupMember: groupMemberSchema,
  GroupRequest: groupRequestSchema,
  Me: meSchema,
  Member: memberSchema,
  Node: nodeSchema,
  NodeAccess: nodeAccessSchema,
  PatchAdminSpaceRequest: patchAdminSpaceRequestSchema,
  PatchNodeRequest: patchNodeRequestSchema,
  PatchSpaceRequest: patchSpaceRequestSchema,
  Person: personSchema,
  Problem: problemSchema,
  PutContentResponse: putContentResponseSchema,
  PutGrantRequest: putGrantRequestSchema,
  PutInheritanceRequest: putInheritanceRequestSchema,
  PutMemberRequest: putMemberRequestSchema,
  RefreshRequest: refreshRequestSchema,
  ResolveConflictRequest: resolveConflictRequestSchema,
  SeenNode: seenNodeSchema,
  SetUpRequest: setUpRequestSchema,
  SetUpState: setUpStateSchema,
  SignInRequest: signInRequestSchema,
  SignOutRequest: signOutRequestSchema,
  Space: spaceSchema,
  StorageReport: storageReportSchema,
  Ticket: ticketSchema,
  Tokens: tokensSchema,
  Trashed: trashedSchema,
  TrashItem: trashItemSchema,
  User: userSchema,
  Version: versionSchema,
  VersionDiff: versionDiffSchema,
} as const
