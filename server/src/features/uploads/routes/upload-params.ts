import { z } from 'zod'

export const uploadParams = z.object({ id: z.uuid().toLowerCase() })
