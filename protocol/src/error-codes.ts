/**
 * The one catalogue of failures that an outside client may see. A code is stable for ever: clients
 * branch on it. `title` is the same text for every occurrence (RFC 9457 §3.1.3); what is special to
 * one occurrence goes into `detail` and extension members.
 */
export const errorCodes = {
  bad_request: { status: 400, title: 'The request is not valid', retryable: false },
  password_too_common: {
    status: 400,
    title: 'Too many people use this password; choose another',
    retryable: false,
  },
  invalid_name: { status: 400, title: 'The name cannot be used', retryable: false },
  invalid_mode: { status: 400, title: 'It cannot have this mode', retryable: false },
  invalid_link: {
    status: 400,
    title: 'A symbolic link cannot have this target',
    retryable: false,
  },
  idempotency_mismatch: {
    status: 400,
    title: 'The idempotency key was used for another request',
    retryable: false,
  },
  not_signed_in: { status: 401, title: 'Sign in first', retryable: false },
  wrong_credentials: {
    status: 401,
    title: 'The e-mail address or the password is wrong',
    retryable: false,
  },
  second_factor_required: {
    status: 401,
    title: 'The password is right; prove in a second way who you are',
    retryable: false,
  },
  second_factor_setup_required: {
    status: 403,
    title: 'Set up a second factor first',
    retryable: false,
  },
  last_second_factor: {
    status: 409,
    title: 'Two factors are demanded here, and this is the last second one',
    retryable: false,
  },
  wrong_code: { status: 403, title: 'The code is wrong, or was used before', retryable: false },
  wrong_passkey: { status: 403, title: 'The passkey was not accepted', retryable: false },
  wrong_password: { status: 403, title: 'The password is wrong', retryable: false },
  token_expired: { status: 401, title: 'The token has expired', retryable: false },
  token_reused: {
    status: 401,
    title: 'The refresh token was used before; the session is over',
    retryable: false,
  },
  forbidden: { status: 403, title: 'Your role does not allow this', retryable: false },
  insufficient_scope: {
    status: 403,
    title: 'The token is not allowed to do this',
    retryable: false,
  },
  proof_required: {
    status: 403,
    title: 'Prove again who you are',
    retryable: false,
  },
  sign_up_closed: {
    status: 403,
    title: 'Accounts are made by invitation here',
    retryable: false,
  },
  user_code_unknown: {
    status: 404,
    title: 'There is no such code, or it has expired',
    retryable: false,
  },
  authorization_over: {
    status: 410,
    title: 'This sign-in of an app has expired, or began in another browser',
    retryable: false,
  },
  external_sign_in_failed: {
    status: 403,
    title: 'The other service did not confirm the sign-in',
    retryable: false,
  },
  external_unavailable: {
    status: 503,
    title: 'The other service does not answer for the moment',
    retryable: true,
  },
  external_email_unverified: {
    status: 403,
    title:
      'The other service has not verified the e-mail address, or it is not of an accepted domain',
    retryable: false,
  },
  external_not_invited: {
    status: 403,
    title: 'No account here belongs to that sign-in, and nobody was invited by its e-mail address',
    retryable: false,
  },
  external_account_exists: {
    status: 409,
    title:
      'An account has this e-mail address; sign in to it and connect the other one in its settings',
    retryable: false,
  },
  external_taken: {
    status: 409,
    title: 'Another account here is connected to that one',
    retryable: false,
  },
  last_way_in: {
    status: 409,
    title: 'There would be no way left to sign in',
    retryable: false,
  },
  origin_refused: {
    status: 403,
    title: 'Requests from this origin are not accepted',
    retryable: false,
  },
  not_found: {
    status: 404,
    title: 'There is nothing here, or you may not see it',
    retryable: false,
  },
  method_not_allowed: { status: 405, title: 'The method is not supported here', retryable: false },
  name_taken: {
    status: 409,
    title: 'The folder already has an entry of this name',
    retryable: false,
  },
  id_taken: { status: 409, title: 'The id is already in use', retryable: false },
  already_set_up: {
    status: 409,
    title: 'The installation already has an account',
    retryable: false,
  },
  merge_conflict: {
    status: 409,
    title: 'Both sides changed the same place; a person must decide',
    retryable: false,
  },
  would_cycle: {
    status: 409,
    title: 'A folder cannot be moved into itself or below itself',
    retryable: false,
  },
  too_deep: {
    status: 409,
    title: 'Folders cannot lie that deep in one another',
    retryable: false,
  },
  tree_conflict: {
    status: 409,
    title: 'Somebody moved or renamed it meanwhile; a person must decide',
    retryable: false,
  },
  content_conflict: {
    status: 409,
    title: 'Somebody replaced the content meanwhile; a person must decide',
    retryable: false,
  },
  base_unknown: {
    status: 409,
    title: 'The content that the delta builds on is no version of the file',
    retryable: false,
  },
  upload_conflict: {
    status: 409,
    title: 'The upload is at another offset, or another request adds to it',
    retryable: true,
  },
  hash_mismatch: {
    status: 400,
    title: 'The bytes that arrived are not the ones that were announced',
    retryable: true,
  },
  upload_expired: {
    status: 410,
    title: 'The upload was left alone for too long, and is gone',
    retryable: false,
  },
  upload_locked: {
    status: 423,
    title: 'Another request adds to the upload',
    retryable: true,
  },
  checksum_mismatch: {
    status: 460,
    title: 'The bytes that arrived do not have the checksum that was announced',
    retryable: true,
  },
  unsupported_version: {
    status: 412,
    title: 'The version of the protocol is not supported',
    retryable: false,
  },
  link_used: { status: 410, title: 'The link is used up or has expired', retryable: false },
  cursor_expired: {
    status: 410,
    title: 'The changes after this cursor are no longer known; take a snapshot',
    retryable: false,
  },
  sealed: { status: 410, title: 'The file is no live text any more', retryable: false },
  answer_full: {
    status: 413,
    title: 'The answer holds no more; ask for this again',
    retryable: true,
  },
  update_refused: {
    status: 400,
    title: 'The update of the text was refused',
    retryable: false,
  },
  too_many_waiting: {
    status: 429,
    title: 'Too many requests wait for changes; end some of them',
    retryable: true,
  },
  trashed: { status: 410, title: 'The file is in the trash', retryable: false },
  request_timeout: {
    status: 408,
    title: 'The request took too long to arrive',
    retryable: true,
  },
  precondition_failed: {
    status: 412,
    title: 'The content, or the node, is not the one that you named',
    retryable: false,
  },
  too_large: { status: 413, title: 'The content is too large', retryable: false },
  not_text: {
    status: 415,
    title: 'The content is no text that can be edited live',
    retryable: false,
  },
  unsupported_media_type: {
    status: 415,
    title: 'The media type is not supported',
    retryable: false,
  },
  range_not_satisfiable: {
    status: 416,
    title: 'The range lies outside the content',
    retryable: false,
  },
  rate_limited: { status: 429, title: 'Too many requests', retryable: true },
  internal: { status: 500, title: 'Something went wrong here', retryable: true },
  quota_exceeded: {
    status: 507,
    title: 'The space has no room left for this',
    retryable: false,
  },
  too_many_spaces: {
    status: 403,
    title: 'You have made as many team spaces as one person may',
    retryable: false,
  },
  too_many_uploads: {
    status: 429,
    title: 'Too many uploads are open; finish or end some of them',
    retryable: true,
  },
  storage_full: { status: 507, title: 'The server has no room left', retryable: true },
  overloaded: {
    status: 503,
    title: 'The server has more to do than it can; try again later',
    retryable: true,
  },
  unavailable: {
    status: 503,
    title: 'The service is not available for the moment',
    retryable: true,
  },
} as const satisfies Record<string, ErrorCodeEntry>

export interface ErrorCodeEntry {
  readonly status: number
  readonly title: string
  /** Whether the same request may succeed later without being changed. */
  readonly retryable: boolean
}

export type ErrorCode = keyof typeof errorCodes
