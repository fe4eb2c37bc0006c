import {
  Blocks,
  FileSliders,
  HardDrive,
  KeyRound,
  Laptop,
  ShieldCheck,
  UserRound,
  UsersRound,
  type LucideIcon,
} from 'lucide-react'

/** A page of the administration, at `/admin/<page>`. */
export interface AdminRoom {
  readonly page: string
  readonly label: string
  readonly Icon: LucideIcon
}

export const adminRooms: readonly AdminRoom[] = [
  { page: 'users', label: 'Users', Icon: UserRound },
  { page: 'groups', label: 'Groups', Icon: UsersRound },
  { page: 'roles', label: 'Roles', Icon: ShieldCheck },
  { page: 'spaces', label: 'Spaces', Icon: HardDrive },
  { page: 'apps', label: 'Apps', Icon: Blocks },
  { page: 'sessions', label: 'Sessions', Icon: Laptop },
  { page: 'policies', label: 'Policies', Icon: FileSliders },
  { page: 'keys', label: 'Keys', Icon: KeyRound },
]
