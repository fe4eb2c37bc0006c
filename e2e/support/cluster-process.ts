import { openCluster, type Cluster, type ClusterServer } from '../../scripts/cluster/cluster.ts'
import { adminAccount } from './server-process.ts'

export interface ClusterProcessOptions {
  readonly dataDir: string
  readonly port: number
  readonly servers?: number
}

/** Why there can be no cluster here, or `undefined`. */
export const clusterLacks = ['NGINX_BIN', 'REDIS_BIN'].find((name) => !process.env[name])

/** Several real servers behind nginx, as `npm run cluster` starts them. */
export class ClusterProcess implements AsyncDisposable {
  readonly url: string
  readonly #options: ClusterProcessOptions
  #cluster: Cluster | undefined

  constructor(options: ClusterProcessOptions) {
    this.#options = options
    this.url = `http://127.0.0.1:${options.port}`
  }

  get servers(): readonly ClusterServer[] {
    return this.#cluster?.servers ?? []
  }

  /** Starts all, or the servers that were killed; gives the time that it took, in milliseconds. */
  async start(): Promise<number> {
    const started = performance.now()
    if (this.#cluster) await Promise.all(this.servers.map(({ process: server }) => server.start()))
    else this.#cluster = await this.#open()
    return performance.now() - started
  }

  /** `kill -9` of all servers, in the same moment. The database, Redis and nginx live on. */
  async kill(): Promise<void> {
    await Promise.all(this.servers.map(({ process: server }) => server.kill()))
  }

  async stop(): Promise<void> {
    await this.#cluster?.[Symbol.asyncDispose]()
    this.#cluster = undefined
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  #open(): Promise<Cluster> {
    const { dataDir, port, servers = 2 } = this.#options
    return openCluster({
      dataDir,
      port,
      servers,
      programs: {
        nginx: process.env['NGINX_BIN'] ?? 'nginx',
        redis: process.env['REDIS_BIN'] ?? 'redis-server',
      },
      env: {
        ADMIN_EMAIL: adminAccount.email,
        ADMIN_PASSWORD: adminAccount.password,
        LOG_LEVEL: 'warn',
      },
      report: (line) => console.error(line),
    })
  }
}
