import { fileURLToPath } from 'node:url'

/** The folder with the browser's client, to be served to pages that follow answers. */
export const clientFolder = fileURLToPath(new URL('../client', import.meta.url))

/** The folder with the studio, the page that shows calls and their waterfalls. */
export const studioFolder = fileURLToPath(new URL('../studio', import.meta.url))
