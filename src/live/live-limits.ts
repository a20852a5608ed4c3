/** Bounds of the live protocol, for WebSocket and SSE alike. */

/** Proxies cut what is silent for a minute, some for 30 s. */
export const heartbeatMs = 15_000
/** Pings without an answer after which the other side is dead. */
export const missesUntilDead = 2
/** A reader that takes nothing for this long is stuck. As long as one that is dead gets. */
export const stuckMs = heartbeatMs * missesUntilDead
/** Above this the feeds of a socket pause: what it has not read yet stays in the log, not in memory. */
export const pauseAboveBytes = 256 * 1_024
/** What is sent in one piece while there is room, so that the pause above is not overshot by far. */
export const maxFrameChars = 64 * 1_024
/** Above this, beside the largest piece, the socket is given up: it asks and does not read the answers. */
export const closeAboveBytes = 1_024 * 1_024
/** For the other side to take the close frame when it has not taken what came before it. */
export const closeGraceMs = 5_000
/** A message of a client is a few words and an id, or the cursor of a group with 200 answers. */
export const maxMessageBytes = 16_384
/** A page follows a handful of answers; this bounds what one socket can make the server hold. */
export const maxSubscriptions = 256
