import type { ClaimOwner, ClientClaims } from './client-claims.ts'
import type { LiveDocument } from './live-document.ts'

/** The client ids among `clients` that belong to others than `self`. Claims those that it has declared here. */
export async function findForeignClients(
  live: LiveDocument,
  clients: readonly number[],
  self: ClaimOwner,
  claims: ClientClaims,
): Promise<number[]> {
  const unknown = clients.filter((client) => !live.claims.has(client))
  if (unknown.length > 0) merge(live.claims, await claims.find(live.nodeId, unknown))
  const declared = clients.filter(
    (client) => !live.claims.has(client) && live.reservations.get(client) === self,
  )
  if (declared.length > 0) merge(live.claims, await claims.claim(live.nodeId, declared, self))
  return clients.filter((client) => {
    const owner = live.claims.get(client) ?? live.reservations.get(client)
    return owner !== undefined && owner !== self
  })
}

function merge<K, V>(target: Map<K, V>, source: ReadonlyMap<K, V>): void {
  for (const [key, value] of source) target.set(key, value)
}
