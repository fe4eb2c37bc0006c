import type { ProviderHost, ProviderHostOptions } from './provider-host.ts'

/**
 * Our OpenID provider, once somebody needs it: its library takes half a second and 46 MB to load, which a server
 * without apps is spared.
 */
export class LazyProviderHost {
  readonly #options: ProviderHostOptions
  #host: Promise<ProviderHost> | undefined

  constructor(options: ProviderHostOptions) {
    this.#options = options
  }

  open(): Promise<ProviderHost> {
    this.#host ??= this.#load()
    return this.#host
  }

  async #load(): Promise<ProviderHost> {
    const { ProviderHost } = await import('./provider-host.ts')
    return new ProviderHost(this.#options)
  }
}
