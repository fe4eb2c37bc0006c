import type { KnownClock } from './causality.ts'
import type { UpdateStruct } from './read-update.ts'
import type { StructId } from './update-scan.ts'

export interface CausalOrder {
  /** What is not known yet, each struct behind all that it builds on. */
  readonly structs: readonly UpdateStruct[]
  /** Those that build on what is neither known nor in the update, and all behind them. */
  readonly waiting: readonly UpdateStruct[]
}

/** The structs of one client, and how far they have been taken. */
interface Section {
  readonly client: number
  readonly structs: UpdateStruct[]
  next: number
  /** The clock up to which the client's structs are known or taken. */
  end: number
  isBlocked: boolean
}

/** Puts the structs of an update, which stand by client and clock, into an order in which they can be taken. */
export function causalOrder(structs: readonly UpdateStruct[], knownClock: KnownClock): CausalOrder {
  const sections = sectionsOf(structs, knownClock)
  const taken: UpdateStruct[] = []
  for (const section of sections.values()) takeFrom(section, sections, knownClock, taken)
  const waiting = [...sections.values()].flatMap((section) => section.structs.slice(section.next))
  return { structs: taken, waiting }
}

function sectionsOf(structs: readonly UpdateStruct[], knownClock: KnownClock) {
  const sections = new Map<number, Section>()
  for (const struct of structs) {
    const { client, clock, length } = struct
    const section = sections.get(client) ?? {
      client,
      structs: [],
      next: 0,
      end: knownClock(client),
      isBlocked: false,
    }
    sections.set(client, section)
    if (clock + length > section.end) section.structs.push(struct)
  }
  return sections
}

/** Takes all that can be taken of a section, and before it what that builds on in others. */
function takeFrom(
  first: Section,
  sections: ReadonlyMap<number, Section>,
  knownClock: KnownClock,
  taken: UpdateStruct[],
): void {
  const stack = [first]
  for (let section = stack.at(-1); section; section = stack.at(-1)) {
    const struct = section.structs[section.next]
    const missing =
      struct && !section.isBlocked ? missingOf(struct, section, sections, knownClock) : undefined
    if (!struct || section.isBlocked) {
      stack.pop()
    } else if (missing === undefined) {
      taken.push(struct)
      section.next += 1
      section.end = struct.clock + struct.length
    } else {
      const needed = missing === section.client ? undefined : sections.get(missing)
      // A section that is on the stack already waits for this one: a circle, which nothing can end.
      if (
        needed &&
        !needed.isBlocked &&
        needed.next < needed.structs.length &&
        !stack.includes(needed)
      )
        stack.push(needed)
      else section.isBlocked = true
    }
  }
}

/** The client of which something is missing before a struct can be taken. */
function missingOf(
  struct: UpdateStruct,
  section: Section,
  sections: ReadonlyMap<number, Section>,
  knownClock: KnownClock,
): number | undefined {
  if (struct.clock > section.end) return section.client
  const isMissing = (id: StructId | undefined) =>
    id !== undefined && id.clock >= (sections.get(id.client)?.end ?? knownClock(id.client))
  if (isMissing(struct.origin)) return struct.origin?.client
  if (isMissing(struct.rightOrigin)) return struct.rightOrigin?.client
  if (isMissing(struct.parent)) return struct.parent?.client
  return undefined
}
