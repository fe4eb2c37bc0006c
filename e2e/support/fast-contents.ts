import type { ServerOverrides } from '@cloudsync/server/testing'

export interface FastTime {
  /** Where both times are the same, in milliseconds since 1970. */
  readonly originMs: number
  readonly speed: number
}

type Contents = NonNullable<ServerOverrides['contents']>
export type WrapStore = NonNullable<Contents['wrapStore']>

/** In the environment of a server process. */
export const fastTimeVariables = { originMs: 'FAST_TIME_ORIGIN', speed: 'FAST_TIME_SPEED' } as const

const collectEveryMs = 200

/**
 * A content store for which an hour is a second or so: its leases and ages are those of a server, and the
 * collector works all the time. What the store says of the age of objects runs as fast.
 */
export function fastContents(env: NodeJS.ProcessEnv = process.env): Required<Contents> {
  const originMs = Number(env[fastTimeVariables.originMs])
  const speed = Number(env[fastTimeVariables.speed])
  const fast = (atMs: number) => new Date(originMs + (atMs - originMs) * speed)
  return {
    collectEveryMs,
    clock: { now: () => fast(Date.now()) },
    wrapStore: (store) =>
      replacing(store, {
        async list(query) {
          const { items, nextCursor } = await store.list(query)
          const aged = items.map((item) => ({
            ...item,
            modifiedAt: fast(item.modifiedAt.getTime()),
          }))
          return { items: aged, nextCursor }
        },
      }),
  }
}

type Store = Parameters<WrapStore>[0]

/** A store some of whose methods are others. */
export function replacing(store: Store, methods: Partial<Store>): Store {
  return new Proxy(store, {
    get(target, name) {
      const value: unknown = Reflect.get(methods, name) ?? Reflect.get(target, name)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}
