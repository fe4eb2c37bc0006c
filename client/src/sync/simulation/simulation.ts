import { DisplacingUsers } from './displacing-users.ts'
import { ModelServer, type ServerFlaws } from './model-server.ts'
import { ModeUsers } from './mode-users.ts'
import { Oracle } from './oracle.ts'
import { Scheduler } from './scheduler.ts'
import { SeededRandom } from './seeded-random.ts'
import { SimulatedClient, type ClientFlaws } from './simulated-client.ts'
import { DiskUser, isTextName, ServerUser } from './users.ts'

export interface SimulationOptions {
  readonly seed: number
  /** Some folders cannot be read for a while. Without it, no seed goes another way than it would otherwise. */
  readonly hasUnreadableFolders?: boolean
  /** People make files executable, and symbolic links; some disks can hold neither. As above. */
  readonly hasModes?: boolean
  /** People move texts away and put others under their names at once. As above. */
  readonly hasDisplacedTexts?: boolean
  /** Of each change is told, and all is looked at so seldom that nothing can wait for that. */
  readonly isAlwaysTold?: boolean
  /** Of edits of texts the feed tells a moment after they are there, as the real server does. As above. */
  readonly isToldLate?: boolean
  /** Broken on purpose. */
  readonly flaws?: ClientFlaws & ServerFlaws
}

export interface SimulationResult {
  readonly seed: number
  readonly faults: readonly string[]
  readonly trace: readonly string[]
  readonly steps: number
  readonly actions: number
  readonly crashes: number
}

const startMs = Date.UTC(2026, 0, 5)
const calmMs = 75_000
const maxCalmSteps = 60_000

/**
 * Some computers and a server, in which people work while everything fails; then nothing fails any more, and when all has
 * come to rest the oracle says what is wrong. The seed decides everything.
 */
export async function simulate(options: SimulationOptions): Promise<SimulationResult> {
  const world = new SimulatedWorld(options)
  const { seed } = options
  const faults: string[] = []
  try {
    await world.storm()
    await world.calmDown()
    faults.push(...world.findFaults())
  } catch (error) {
    faults.push(error instanceof Error ? (error.stack ?? error.message) : String(error))
  }
  if (faults.length > 0)
    for (const client of world.clients) faults.push(`${client.name}: ${client.describe()}`)
  const { trace, steps } = world.scheduler
  const result = { seed, faults, trace, steps, actions: world.actions, crashes: world.crashes }
  for (const client of world.clients) client.close()
  return result
}

class SimulatedWorld {
  readonly random: SeededRandom
  readonly scheduler: Scheduler
  readonly server: ModelServer
  readonly clients: SimulatedClient[] = []
  readonly #oracle = new Oracle()
  readonly #users: { act(): string }[] = []
  readonly #unreadable: SeededRandom | undefined
  readonly #modes: { readonly random: SeededRandom; readonly users: ModeUsers } | undefined
  readonly #displacing:
    | { readonly random: SeededRandom; readonly users: DisplacingUsers }
    | undefined
  actions = 0
  crashes = 0

  constructor({
    seed,
    flaws = {},
    hasUnreadableFolders = false,
    hasModes = false,
    hasDisplacedTexts = false,
    isAlwaysTold = false,
    isToldLate = false,
  }: SimulationOptions) {
    const modes = hasModes ? new SeededRandom(seed + 2_000_000) : undefined
    if (hasUnreadableFolders) this.#unreadable = new SeededRandom(seed + 1_000_000)
    const random = new SeededRandom(seed)
    this.random = random
    this.scheduler = new Scheduler(random, startMs)
    this.server = new ModelServer(random.id(), isTextName)
    Object.assign(this.server.flaws, flaws)
    this.server.knowsModes = hasModes
    if (isToldLate) this.#tellLate(new SeededRandom(seed + 4_000_000))
    const clients = 2 + random.below(3)
    for (let index = 1; index <= clients; index++) {
      const client = new SimulatedClient({
        name: `c${index}`,
        server: this.server,
        scheduler: this.scheduler,
        random,
        traits: {
          isCaseInsensitive: random.chance(0.3),
          granularityMs: random.chance(0.3) ? 2000 : 1,
          tellsAll: isAlwaysTold,
          ...(modes && { hasModes: modes.chance(0.75), holdsLinks: modes.chance(0.75) }),
        },
        skewMs: random.chance(0.3) ? (random.below(3) - 1) * 86_400_000 : 0,
        flaws,
      })
      this.clients.push(client)
      this.#users.push(new DiskUser(`u${index}`, client.disk, random, this.#oracle))
    }
    this.#users.push(new ServerUser(this.server, random, this.#oracle))
    const { server } = this
    const disks = this.clients.map(({ disk }) => disk)
    const oracle = this.#oracle
    if (modes) {
      const users = new ModeUsers({ disks, server, random: modes, oracle })
      this.#modes = { random: modes, users }
    }
    if (hasDisplacedTexts) {
      const own = new SeededRandom(seed + 3_000_000)
      const users = new DisplacingUsers({ disks, random: own, oracle })
      this.#displacing = { random: own, users }
    }
  }

  async storm(): Promise<void> {
    const events = 15 + this.random.below(40)
    for (const client of this.clients) if (this.random.chance(0.7)) client.start()
    for (let event = 0; event < events; event++) {
      const steps = this.random.below(this.random.chance(0.2) ? 200 : 30)
      let step = 0
      await this.scheduler.run(() => step++ >= steps || !this.#isAnyRunning(), steps + 1)
      this.#throwBugs()
      this.#happen()
      if (this.#unreadable) this.#changeUnreadable(this.#unreadable)
      if (this.#modes?.random.chance(0.4)) this.#note(this.#modes.users.act())
      if (this.#displacing?.random.chance(0.2)) this.#note(this.#displacing.users.act())
    }
  }

  async calmDown(): Promise<void> {
    for (const client of this.clients) {
      Object.assign(client.network, { lossRate: 0, repeatRate: 0, isDown: false })
      Object.assign(client.diskFaults, { errorRate: 0, isFull: false, unreadable: undefined })
      client.disk.isMounted = true
      client.start()
    }
    this.scheduler.note({ name: 'world', isAlive: true }, 'calms down')
    let quietSince = this.scheduler.nowMs
    let seen = ''
    await this.scheduler.run(() => {
      this.#throwBugs()
      const now = `${this.server.seq} ${this.clients.map(({ store }) => store?.revision).join(' ')}`
      if (now !== seen || !this.clients.every((client) => client.isQuiet())) {
        seen = now
        quietSince = this.scheduler.nowMs
      }
      return this.scheduler.nowMs - quietSince > calmMs
    }, maxCalmSteps)
  }

  findFaults(): string[] {
    return this.#oracle.findFaults(
      this.server,
      this.clients.map(({ disk }) => disk),
    )
  }

  #tellLate(random: SeededRandom): void {
    const server = { name: 'server', isAlive: true }
    this.server.tellsLater = (tell, by) => {
      const ms = random.below(by === 'saving' ? 100 : 1000)
      void this.scheduler.delay(server, ms, 'tells of an edit').then(tell)
    }
  }

  #happen(): void {
    const choice = this.random.next()
    const client = this.random.pick(this.clients)
    if (!client) return
    if (choice < 0.62) {
      this.actions++
      this.#note(this.random.pick(this.#users)?.act() ?? '')
    } else if (choice < 0.76) this.#crashOrStart(client)
    else if (choice < 0.84) {
      client.network.isDown = this.random.chance(0.3)
      client.network.lossRate = this.random.chance(0.5) ? this.random.next() * 0.3 : 0
      client.network.repeatRate = this.random.chance(0.5) ? 0.2 : 0
      this.#note(`the network of ${client.name}: ${JSON.stringify(client.network)}`)
    } else if (choice < 0.92) {
      client.diskFaults.errorRate = this.random.chance(0.5) ? this.random.next() * 0.1 : 0
      client.diskFaults.isFull = this.random.chance(0.2)
      client.disk.isMounted = !this.random.chance(0.15)
      const { errorRate, isFull } = client.diskFaults
      const faults = { errorRate, isFull, isMounted: client.disk.isMounted }
      this.#note(`the disk of ${client.name}: ${JSON.stringify(faults)}`)
    } else if (choice < 0.97) this.scheduler.nowMs += this.random.below(20_000)
    else this.server.forgottenSeq = this.random.below(this.server.seq + 1)
  }

  #changeUnreadable(random: SeededRandom): void {
    const client = random.pick(this.clients)
    if (!client || !random.chance(0.15)) return
    const folders = [...client.disk.walk()].filter(({ node }) => node.kind === 'folder')
    const chosen = random.pick([{ path: [], node: client.disk.root }, ...folders])
    client.diskFaults.unreadable = random.chance(0.7) ? chosen?.node : undefined
    const what = client.diskFaults.unreadable ? `/${chosen?.path.join('/')}` : 'nothing'
    this.#note(`the disk of ${client.name} cannot list ${what}`)
  }

  #crashOrStart(client: SimulatedClient): void {
    if (client.isRunning) {
      client.crash()
      this.crashes++
      this.#note(`${client.name} dies`)
      if (this.random.chance(0.5)) return
    }
    client.start()
    this.#note(`${client.name} starts`)
  }

  #isAnyRunning(): boolean {
    return this.clients.some(({ isRunning }) => isRunning)
  }

  #throwBugs(): void {
    for (const { bug } of this.clients) if (bug !== undefined) throw bug
  }

  #note(what: string): void {
    this.scheduler.note({ name: '        ', isAlive: true }, what)
  }
}
