export {
  allows,
  type Access,
  type AccessChange,
  type AccessNotifier,
  type Capability,
  type NodeAccess,
} from './access.ts'
export { openAccess, type AccessOptions } from './membership-access.ts'
