import type { ErrorCode } from '@cloudsync/protocol'

/** What to do about a problem, where its title leaves it open. */
export const problemHelp: Readonly<Partial<Record<ErrorCode, string>>> = {
  bad_request:
    'Something in the path, the query, a header or the body is not as the OpenAPI document says. “errors” names each place; “detail” tells the rest.',
  invalid_name:
    'Names must be usable on every system: no control characters, none of / \\ : * ? " < > |, no reserved names of Windows, no dot or space at the end. “detail” tells which rule it is.',
  idempotency_mismatch:
    'Take a new Idempotency-Key for each new request. The same key is for sending the same request again.',
  not_signed_in:
    'Send “Authorization: Bearer” with an access token of POST /auth/sign-in. One that was refused belongs to a session that has ended.',
  wrong_credentials:
    'It is not told which of the two is wrong. Too many wrong passwords are slowed down.',
  second_factor_required:
    'Ask for the code of the authenticator app, a recovery code or a passkey, whichever “methods” names, and send it with “challenge” to POST /auth/second-factor.',
  second_factor_setup_required:
    'Two factors are demanded of this account, and it has one. Sign in to the web app, which leads through it: an authenticator app, or a passkey. Tokens of programs and apps are good again afterwards. Who demands two factors of others has to have them too.',
  last_second_factor: 'Set another one up first, an authenticator app or a passkey.',
  token_expired: 'Get another access token with POST /auth/refresh, and send the request again.',
  token_reused:
    'A refresh token works once. That it came twice means that somebody may have stolen it, so the session ended; sign in again.',
  forbidden: 'Somebody who manages the space can give you another role.',
  proof_required:
    'Send the password to POST /account/proof, or sign in anew, and the request again within a quarter of an hour.',
  too_many_spaces: 'An administrator can make further ones, or set MAX_TEAM_SPACES.',
  not_found: 'It was never there, has been deleted for good, or lies where you have no access.',
  name_taken: 'Choose another name, or send “ifTaken”: “rename” to take a derived one.',
  content_conflict:
    'Somebody replaced the content that If-Match names, and the policy of the folder is to ask. Both contents are kept; see GET /conflicts.',
  tree_conflict: 'Both places are listed in GET /conflicts, where a person decides.',
  base_unknown: 'Get the content or its delta anew, or send the whole content with PUT.',
  upload_conflict: 'Ask with HEAD where to go on.',
  upload_locked: 'Wait for the other request, or ask with HEAD, which breaks it off.',
  precondition_failed:
    'Read the content, or the node, again, and repeat the change on what is there now.',
  cursor_expired:
    'Begin anew with GET /spaces/{id}/snapshot, and go on with the feed after its “changesCursor”.',
  sealed:
    'What your copy holds belongs to a text that has ended. Read the content, and merge by the words.',
  update_refused:
    'Nothing of it was taken. “reason” tells why: bring the words as edits of a copy that was exchanged anew.',
  answer_full: 'Nothing of it was done. Send it again in another request.',
  too_many_waiting:
    'A person may wait with 20 requests at once. Follow several spaces one after the other, or by the live socket.',
  trashed: 'Restore it first, with POST /nodes/{id}/restore.',
  rate_limited:
    'Wait as long as Retry-After says. The headers RateLimit and RateLimit-Policy of every answer tell how much is left.',
  quota_exceeded: 'Delete something for good, or ask an administrator for more room.',
  storage_full:
    'The disk of the server, or its store, is nearly full. An administrator has to make room.',
  overloaded:
    'The server answers what it has begun before it takes more. Wait as long as Retry-After says, and longer each time.',
  unavailable: 'The database or the store is out of reach. Wait as long as Retry-After says.',
  external_unavailable:
    'The provider that people sign in by is silent or broken. Wait as long as Retry-After says, or sign in another way.',
  internal:
    'This is a fault of the server. Its log has the cause, under the requestId of the answer.',
}
