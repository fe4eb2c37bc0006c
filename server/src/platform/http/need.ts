import type { Permission } from '@cloudsync/protocol'
import type { Caller } from './caller.ts'

/** Where a request names what it is about; `handler`: only its handler finds out, and asks by itself. */
export type IdSource = `params.${string}` | `query.${string}` | 'handler'

/**
 * What somebody who is signed in must be permitted to be served:
 *
 * - `own`: nothing, since it is about what is theirs alone, or what they see is filtered by what they may see;
 * - a permission on a node, or on the root of a space;
 * - to be given anything in a space, of which they see that;
 * - a permission on each of several nodes, of which those are refused, one by one, for which it is lacking.
 *
 * A handler asks for more where a request is about more than that.
 */
export type Need =
  | 'own'
  | { readonly node: Permission; readonly of: IdSource }
  | { readonly space: Permission; readonly of: IdSource }
  | { readonly inside: IdSource }
  | { readonly each: Permission }

/** Lets pass who is permitted what a request needs, of the id that it names. Throws `not_found` and `forbidden`. */
export type Authorize = (caller: Caller, need: Need, id: string) => Promise<void>

/** What a need has to be asked for, in a request that names it. */
export function findNeededId(
  need: Need | undefined,
  request: { readonly params: unknown; readonly query: unknown },
): string | undefined {
  const source = need === undefined ? 'handler' : sourceOf(need)
  if (source === 'handler') return undefined
  const [place, name = ''] = source.split('.')
  const values = (place === 'params' ? request.params : request.query) as Record<string, unknown>
  const id = values[name]
  if (typeof id !== 'string') throw new TypeError(`A request names nothing by ${source}`)
  return id
}

function sourceOf(need: Need): IdSource {
  if (need === 'own' || 'each' in need) return 'handler'
  return 'inside' in need ? need.inside : need.of
}

interface Declared {
  readonly method: string
  readonly path: string
  readonly access: string
  readonly needs: Need | undefined
  readonly params: unknown
  readonly query: unknown
}

/** Throws for endpoints that anybody with an account could call and that do not say what else it takes. */
export function requireNeeds(endpoints: readonly Declared[]): void {
  const wrong = endpoints.filter(({ access, needs, params, query }) => {
    if (access !== 'user') return needs !== undefined
    if (needs === undefined) return true
    const source = sourceOf(needs)
    if (source === 'handler') return false
    return (source.startsWith('params.') ? params : query) === undefined
  })
  if (wrong.length === 0) return
  const names = wrong.map(({ method, path }) => `${method} ${path}`).join(', ')
  throw new Error(`Endpoints do not say what must be permitted to call them: ${names}`)
}
