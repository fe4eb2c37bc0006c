export { openUploads, type OpenedUploads } from './open-uploads.ts'
