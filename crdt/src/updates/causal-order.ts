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
  /** Its next struct waits for what the sections above it on the stack have. */
  isOnStack: boolean
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
      isOnStack: false,
    }
    sections.set(client, section)
    if (clock + length > section.end) section.structs.push(struct)
  }
  return sections
}

/** Takes all that can be taken of a section, and before each struct what that builds on in others. */
function takeFrom(
  first: Section,
  sections: ReadonlyMap<number, Section>,
  knownClock: KnownClock,
  taken: UpdateStruct[],
): void {
  const stack = [{ section: first, until: Infinity }]
  for (let top = stack.at(-1); top; top = stack.at(-1)) {
    const { section, until } = top
    const struct = section.structs[section.next]
    if (!struct || section.isBlocked || section.end > until) {
      section.isOnStack = false
      stack.pop()
      continue
    }
    const missing = missingOf(struct, section, sections, knownClock)
    const needed = missing && sections.get(missing.client)
    if (missing === undefined) {
      taken.push(struct)
      section.next += 1
      section.end = struct.clock + struct.length
    } else if (needed && canProvide(needed, section)) {
      section.isOnStack = true
      stack.push({ section: needed, until: missing.clock })
    } else {
      section.isBlocked = true
    }
  }
}

/** A section on the stack cannot: it waits for this one already, a circle that nothing ends. */
function canProvide(needed: Section, section: Section): boolean {
  return (
    needed !== section &&
    !needed.isOnStack &&
    !needed.isBlocked &&
    needed.next < needed.structs.length
  )
}

/** An id that is missing before a struct can be taken. */
function missingOf(
  struct: UpdateStruct,
  section: Section,
  sections: ReadonlyMap<number, Section>,
  knownClock: KnownClock,
): StructId | undefined {
  if (struct.clock > section.end) return { client: section.client, clock: struct.clock - 1 }
  const isMissing = (id: StructId | undefined) =>
    id !== undefined && id.clock >= (sections.get(id.client)?.end ?? knownClock(id.client))
  return [struct.origin, struct.rightOrigin, struct.parent].find(isMissing)
}
