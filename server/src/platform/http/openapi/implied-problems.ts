import type { ErrorCode } from '@cloudsync/protocol'
import type { Endpoint } from '../endpoint.ts'

/** Any endpoint may answer these: tokens and cookies are looked at wherever they are sent. */
const everywhere: readonly ErrorCode[] = [
  'not_signed_in',
  'token_expired',
  'origin_refused',
  'rate_limited',
  'internal',
  'overloaded',
  'unavailable',
]
/** Who has to set up a second factor first is refused everything else, so far as they show who they are. */
const ofUnfinished: readonly ErrorCode[] = ['second_factor_setup_required']
const ofInput: readonly ErrorCode[] = ['bad_request']
const ofJson: readonly ErrorCode[] = ['request_timeout', 'too_large', 'unsupported_media_type']
/** What a token is made for. */
const ofTokens: readonly ErrorCode[] = ['insufficient_scope']
const ofAdmins: readonly ErrorCode[] = ['forbidden']
const ofNeeds: readonly ErrorCode[] = ['not_found', 'forbidden']
const ofKeys: readonly ErrorCode[] = ['bad_request', 'idempotency_mismatch']

/** All problems that an endpoint may answer, its own and those that follow from what it is. */
export function problemsOf(endpoint: Endpoint): ErrorCode[] {
  const { access, body, heeds = [], needs = 'own', params, problems = [], query, takes } = endpoint
  const codes = new Set([
    ...problems,
    ...everywhere,
    ...(endpoint.isBeforeSecondFactor === true ? [] : ofUnfinished),
    ...((params ?? query ?? body ?? takes) ? ofInput : []),
    ...((body ?? takes) ? ofJson : []),
    ...(access === 'public' ? [] : ofTokens),
    ...(access === 'admin' || access === 'auditor' ? ofAdmins : []),
    ...(needs === 'own' ? [] : ofNeeds),
    ...(heeds.includes('idempotency-key') ? ofKeys : []),
  ])
  return [...codes].toSorted()
}
