/**
 * The header by which a page says that it keeps its session as a cookie. A sign-in is then answered with the cookie
 * and without tokens, and without the header a cookie changes nothing.
 */
export const sessionHeader = 'cloudsync-session'
/** The value of that header; and what such a page sends over a live socket in the place of a token. */
export const keptAsCookie = 'cookie'
