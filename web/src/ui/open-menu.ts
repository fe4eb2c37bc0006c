import { lazyPart } from './lazy-part.tsx'

/** An open menu, whose code is loaded apart from the page. */
export const OpenMenu = lazyPart(async () => (await import('./menu.tsx')).Menu)

/** Fetches the code of menus before one is wanted. */
export const preloadMenu = OpenMenu.preload
