import { isIPv6 } from 'node:net'

/**
 * The part of an address that one customer of a provider holds at least: an IPv4 address, or the /64 of an
 * IPv6 address, whose lower half anybody may choose freely.
 */
export function networkOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1]
  if (mapped !== undefined) return mapped
  return prefixOf(address, 64) ?? address
}

/** How much more is let through from a wide network than from a narrow one. */
export const wideFactor = 8

/**
 * The part of an IPv6 address that one customer holds at most (a /48 to a /64, RFC 6177 §2): who has all of it has 65,536
 * networks. Several customers may share it, so it bears more. `undefined`: there is none that is wider.
 */
export function wideNetworkOf(address: string): string | undefined {
  return networkOf(address) === prefixOf(address, 64) ? prefixOf(address, 48) : undefined
}

/** `undefined`: it is no IPv6 address. */
function prefixOf(address: string, bits: 48 | 64): string | undefined {
  if (!isIPv6(address)) return undefined
  const [head = '', tail] = address.replace(/%.*$/, '').toLowerCase().split('::')
  const first = groupsOf(head)
  const last = groupsOf(tail ?? '')
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - first.length - last.length)
  const groups = [...first, ...Array<string>(zeros).fill('0'), ...last]
  return `${groups
    .slice(0, bits / 16)
    .map(withoutLeadingZeros)
    .join(':')}::/${bits}`
}

function groupsOf(part: string): string[] {
  return part === '' ? [] : part.split(':')
}

function withoutLeadingZeros(group: string): string {
  return group.replace(/^0+(?=.)/, '')
}
