export { createClient, CloudSyncClient } from './create-client.ts'
export type { ClientOptions, Credentials, ServerOptions } from './client-options.ts'
export {
  CloudSyncError,
  isCloudSyncError,
  isSignedOut,
  NetworkError,
  type CloudSyncErrorCode,
  type NetworkErrorCode,
} from './errors.ts'
export { asNodeId, asSha256, asSpaceId, newNodeId } from './ids.ts'
export { systemClock, type SdkClock } from './sdk-clock.ts'
export type { CallOptions, ChangeOptions } from './http/api.ts'
export type { Fetch } from './http/send-once.ts'
export type { ContentSource } from './http/request-body.ts'
export { Pages } from './http/pages.ts'
export { problemError } from './http/read-problem.ts'
export { signInWithDevice, signInWithPassword } from './sign-in/sign-in.ts'
export { commandLineClientId, type DeviceSignIn } from './sign-in/device-sign-in.ts'
export { OAuthError } from './sign-in/oauth-requests.ts'
export type { PasswordCredentials } from './sign-in/password-sign-in.ts'
export { MemoryTokenStore, type StoredTokens, type TokenStore } from './sign-in/token-store.ts'
export type { AccessApi } from './rest/access.ts'
export type {
  ChangesApi,
  ChangesCursor,
  FollowOptions,
  ListChangesOptions,
} from './rest/changes.ts'
export type { ConflictsApi, ConflictsFilter } from './rest/conflicts.ts'
export type {
  ContentAnswer,
  ReadContent,
  ContentApi,
  GetContentOptions,
  PutContentOptions,
} from './rest/content.ts'
export type { ContentBody } from './rest/content-body.ts'
export type { CopyTarget, IfTaken, NodePatch, NodesApi, SmallFile } from './rest/nodes.ts'
export type { SpacePatch, SpacesApi } from './rest/spaces.ts'
export type { ExchangedText, ExchangeResult, TextsApi } from './rest/texts.ts'
export type { TrashApi, UndoneBatch } from './rest/trash.ts'
export type { VersionsApi } from './rest/versions.ts'
export type {
  Uploaded,
  UploadOptions,
  UploadsApi,
  UploadSource,
  UploadTarget,
} from './uploads/uploads.ts'
export type { SpaceWatch, WatchSpaceOptions } from './live/live-api.ts'
export { LiveTextError, type LiveText, type LiveTextStatus } from './live/live-text.ts'
export type { UploadProgress } from './uploads/tus-requests.ts'
export type * from '@cloudsync/protocol'
