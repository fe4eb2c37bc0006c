export { createSpace, type NewSpace } from './create-space.ts'
export { openSpaces, type Spaces, type SpacesOptions } from './open-spaces.ts'
export type { People } from './people.ts'
