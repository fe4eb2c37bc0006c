export { openAdministration } from './open-administration.ts'
