/** What a token must be made for to open a live document by the plain Yjs protocol. */
export const ticketAudience = 'cloudsync:live-ticket'

/** Long enough to connect with, short enough to be worth nothing in a log. */
export const ticketSeconds = 300
