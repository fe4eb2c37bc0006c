import type { ClaimOwner, ClientClaims } from './client-claims.ts'
import type { LiveDocument } from './live-document.ts'

/**
 * That nobody has claimed an id is believed for so long: somebody may claim it at another server, and a
 * client that declares none is not to cost a query with each keystroke.
 */
const unclaimedForMs = 2_000

/** The client ids among `clients` that belong to others than `self`. Claims those that it has declared here. */
export async function findForeignClients(
  live: LiveDocument,
  clients: readonly number[],
  self: ClaimOwner,
  claims: ClientClaims,
): Promise<number[]> {
  const unknown = clients.filter((client) => isUnknown(live, client))
  if (unknown.length > 0) note(live, unknown, await claims.find(live.nodeId, unknown))
  const declared = clients.filter(
    (client) => !live.claims.has(client) && live.reservations.get(client) === self,
  )
  if (declared.length > 0) note(live, declared, await claims.claim(live.nodeId, declared, self))
  return clients.filter((client) => {
    const owner = live.claims.get(client) ?? live.reservations.get(client)
    return owner !== undefined && owner !== self
  })
}

function isUnknown({ claims, unclaimed }: LiveDocument, client: number): boolean {
  if (claims.has(client)) return false
  const askedAtMs = unclaimed.get(client)
  return askedAtMs === undefined || performance.now() - askedAtMs > unclaimedForMs
}

function note(
  { claims, unclaimed }: LiveDocument,
  asked: readonly number[],
  found: ReadonlyMap<number, ClaimOwner>,
): void {
  const nowMs = performance.now()
  for (const client of asked) {
    const owner = found.get(client)
    if (owner === undefined) unclaimed.set(client, nowMs)
    else {
      unclaimed.delete(client)
      claims.set(client, owner)
    }
  }
}
