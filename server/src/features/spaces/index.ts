export { createSpace, type NewSpace, type SpaceDefaults } from './create-space.ts'
export { openSpaces, type Spaces, type SpacesOptions } from './open-spaces.ts'
export type { People } from './people.ts'
export { chargeHistory } from './usage/charge-history.ts'
export { recountDue, recountNext } from './usage/recount-usage.ts'
export { SpaceCharges } from './usage/space-charges.ts'
export {
  findRoom,
  roomOf,
  isClosedToTyping,
  listSpacesClosedToTyping,
  listUsages,
  sumUsage,
  type Room,
  type SpaceUsage,
} from './usage/space-usage.ts'
