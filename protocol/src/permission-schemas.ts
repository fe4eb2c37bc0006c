import { z } from 'zod'
import { permissions, roles } from './permissions.ts'

export const permissionSchema = z.enum(permissions)
export const roleSchema = z.enum(roles)
