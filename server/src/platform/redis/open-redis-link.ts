import type { RedisLink, RedisLinkOptions } from './redis-link.ts'

/** Nothing without a URL: its client is five hundred modules, which a server alone need not load. */
export async function openRedisLink(
  url: string | undefined,
  options: Omit<RedisLinkOptions, 'url'>,
): Promise<RedisLink | undefined> {
  if (url === undefined) return undefined
  const { RedisLink } = await import('./redis-link.ts')
  return RedisLink.open({ ...options, url })
}
